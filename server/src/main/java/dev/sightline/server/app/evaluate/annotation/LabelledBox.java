package dev.sightline.server.app.evaluate.annotation;

import dev.sightline.server.explain.measure.Box;

/**
 * An object in an image.
 *
 * @param label what it is called; empty if its file does not say, and then it is of whatever class
 *     is explained
 * @param box in pixels of the image's own
 */
public record LabelledBox(String label, Box box) {}
