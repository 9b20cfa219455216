/**
 * Measures what a layer sees: its effective receptive field on photographs, and the Gaussian that
 * fits it, whose σ goes into model.yaml.
 *
 * <p>{@link dev.sightline.server.model.field.FieldMeter} runs the network backwards from the centre
 * cell of a layer and gives an {@link dev.sightline.server.model.field.Influence}; {@link
 * dev.sightline.server.model.field.GaussianFit} fits it; {@link
 * dev.sightline.server.model.field.FieldPicture} draws both. Serving with that σ happens elsewhere.
 */
@NullMarked
package dev.sightline.server.model.field;

import org.jspecify.annotations.NullMarked;
