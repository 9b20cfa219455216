/**
 * ONNX graphs as values: reading and checking them, listing the layers to cut at, differentiating
 * from the logits back to a layer, and writing the result as one ordinary ONNX graph again.
 *
 * <p>Start at {@link dev.sightline.server.graph.Graph}. {@code ChannelsFirst} gives models of
 * TensorFlow the input that all of this takes. {@code NetworkReader} makes a checked {@code
 * Network} of a model, with {@code Shapes} inferred by one entry an operator in {@code ShapeRules};
 * a graph that moves its batch about, as attention does, is made to take any number of frames by
 * {@code Lifting}. {@code Places} says which tensors are grids of feature maps. {@code
 * Differentiation} walks it from the logits back; the rule of an operator is found by its name in
 * {@code Rules} and writes its part into a {@code Backward}. {@code ExplainedGraphWriter} puts
 * forward pass, choice of classes and backward pass together; {@code InferenceGraphWriter} writes
 * the part behind a layer alone and {@code FeatureGraphWriter} that before some layers; {@code
 * CentreCell} ends a network at a layer, to ask what a cell sees; {@code Randomisation} draws
 * weights anew. {@code Skips} finds the layers that a mirroring decoder takes, and an {@link
 * dev.sightline.server.graph.ExpansionNetwork}, such a decoder in a file of its own, is read by
 * {@code ExpansionReader} and written into an explained graph by {@code ExpansionWriter}. {@code
 * Rules} has a table for each {@link dev.sightline.server.graph.ReluRule}. To teach the room an
 * operator, add its shape, its rule, and a line in RuleTest.
 *
 * <p>Nothing here runs a graph, decodes an image or knows a method of explanation; the package
 * depends on ONNX's protobuf messages alone.
 */
@NullMarked
package dev.sightline.server.graph;

import org.jspecify.annotations.NullMarked;
