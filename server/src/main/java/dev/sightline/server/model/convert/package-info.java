/**
 * Converts networks of other formats to plain ONNX: TensorFlow Lite files with float weights, and
 * Keras layers models as TensorFlow.js stores them.
 *
 * <p>Each format has a reader of its own that knows its file and nothing of ONNX; both write
 * through {@link dev.sightline.server.model.convert.NetworkWriter}, which knows ONNX and nothing of
 * files. What comes out takes a float32 {@code input} N×C×H×W (the formats themselves keep channels
 * last), gives {@code logits} before any softmax, and ends in global average pooling and one matrix
 * wherever the network allows it. Nothing here fetches, unpacks or knows a particular network.
 */
@NullMarked
package dev.sightline.server.model.convert;

import org.jspecify.annotations.NullMarked;
