/**
 * The images that {@code sightline evaluate} measures on, and what is said about them.
 *
 * <p>Lives here: an {@link dev.sightline.server.app.evaluate.annotation.ImageSet} and the files
 * that it is read from: {@link dev.sightline.server.app.evaluate.annotation.Boxes} (PASCAL VOC,
 * COCO, CSV), {@link dev.sightline.server.app.evaluate.annotation.ImageLabels}, {@link
 * dev.sightline.server.app.evaluate.annotation.ObjectMasks}.
 *
 * <p>Lives elsewhere: how an image and its annotations become a network's input, and everything
 * that is computed. What is wrong in a file is told, line by line, and the rest is used.
 */
@NullMarked
package dev.sightline.server.app.evaluate.annotation;

import org.jspecify.annotations.NullMarked;
