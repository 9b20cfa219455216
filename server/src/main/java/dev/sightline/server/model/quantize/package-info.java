/**
 * Makes of a model one that computes with bytes: {@link
 * dev.sightline.server.model.quantize.Calibration} measures on photographs how large its values
 * are. How such a network is written is known in the room {@code graph}.
 */
@NullMarked
package dev.sightline.server.model.quantize;

import org.jspecify.annotations.NullMarked;
