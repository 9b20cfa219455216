/**
 * ONNX graphs as values: reading and checking them, listing the layers to cut at, differentiating
 * from the logits back to a layer, and writing the result as one ordinary ONNX graph again.
 *
 * <p>Start at {@link dev.sightline.server.graph.Graph}. Nothing here runs a graph, decodes an image
 * or knows a method of explanation; the package depends on ONNX's protobuf messages alone.
 */
@NullMarked
package dev.sightline.server.graph;

import org.jspecify.annotations.NullMarked;
