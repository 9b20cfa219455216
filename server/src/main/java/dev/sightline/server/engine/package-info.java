/**
 * Inference engines behind one small interface: a batch of inputs and class choices in, logits,
 * activations and gradients out.
 *
 * <p>Lives here: {@link dev.sightline.server.engine.Backend} and its implementations, and {@link
 * dev.sightline.server.engine.FeatureBackend}, which gives the maps of several layers and no more;
 * {@link dev.sightline.server.engine.TorchDecoder}, by which a decoder is trained. Knows graphs,
 * but no images, no methods, no streams.
 */
@NullMarked
package dev.sightline.server.engine;

import org.jspecify.annotations.NullMarked;
