/**
 * What {@code sightline evaluate} does: every method and upsampling of one model on a folder of
 * images, measured.
 *
 * <p>Lives here: files of boxes ({@link dev.sightline.server.app.evaluate.Boxes}) and labels
 * ({@link dev.sightline.server.app.evaluate.ImageLabels}); the passes that one image takes ({@link
 * dev.sightline.server.app.evaluate.Evaluator}); the means over all of them and how they are
 * written ({@link dev.sightline.server.app.evaluate.Table}).
 *
 * <p>Lives elsewhere: the measures themselves, which know no network and no file, in {@code
 * explain.measure}; the command line, in {@code app}.
 */
@NullMarked
package dev.sightline.server.app.evaluate;

import org.jspecify.annotations.NullMarked;
