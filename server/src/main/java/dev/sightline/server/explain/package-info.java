/**
 * The methods of explanation as small pure functions.
 *
 * <p>Lives here: one class a method, and the table that finds it ({@link
 * dev.sightline.server.explain.Methods}). A new method is a new class and a line in that table.
 * Most are functions of a layer's activation and gradient ({@link
 * dev.sightline.server.explain.CamMethod}), or of the gradient at the network's input in the same
 * form; some read the scores of altered images instead ({@link
 * dev.sightline.server.explain.PerturbationMethod}). Also what goes before and after them: noise,
 * the selection of feature maps and neurons, flips and the fusion of layers.
 *
 * <p>Lives elsewhere: where activations, gradients and scores come from, how a map becomes pixels,
 * and which method a layer can give. This package uses no other room of the server.
 */
@NullMarked
package dev.sightline.server.explain;

import org.jspecify.annotations.NullMarked;
