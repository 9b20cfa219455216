/**
 * Trains the expansion network of a model: a decoder that rebuilds the network's input from the
 * features of the frozen classifier, without labels (Tagaris et al. 2019, High-Resolution CAM).
 * What it rebuilds is the high-resolution map from which the refined CAM is grown.
 *
 * <p>{@link dev.sightline.server.model.expansion.ExpansionTraining} is the whole of it: {@link
 * dev.sightline.server.model.expansion.Photographs} are decoded when they are needed and altered by
 * an {@link dev.sightline.server.model.expansion.Augmentation}; the classifier gives the features
 * of the altered picture on ONNX Runtime; PyTorch gives the gradient of the loss; {@code Adadelta}
 * moves the parameters, which {@code Standards} keeps in units in which all of them are alike. All
 * of that is arithmetic on arrays of floats and depends on nothing but the seed and the number of
 * the step, so that a {@code Checkpoint} of the arrays goes on as if nothing had been between.
 * {@link dev.sightline.server.model.expansion.ExpansionFile} writes {@code expansion.onnx} and
 * holds what ONNX Runtime makes of it beside what PyTorch does.
 *
 * <p>Lives elsewhere: the decoder itself ({@code graph.Decoder}, {@code engine.TorchDecoder}),
 * merging it into the graph that is served, and what is made of its output.
 */
@NullMarked
package dev.sightline.server.model.expansion;

import org.jspecify.annotations.NullMarked;
