package dev.sightline.server.model.expansion;

/**
 * What was measured after some steps. Losses are mean squared errors in units of each channel's
 * variance: 1 is that of an answer that is each channel's mean everywhere.
 *
 * @param step steps so far
 * @param training the mean loss of the steps since the last measurement, on altered photographs
 * @param heldOut the loss on the photographs that are held out, as they are
 */
public record Measurement(int step, double training, double heldOut) {}
