/**
 * What {@code sightline evaluate} does: every method and upsampling of one model on a folder of
 * images, measured.
 *
 * <p>Lives here: the passes that one image takes ({@link
 * dev.sightline.server.app.evaluate.Evaluator}); the means over all of them ({@link
 * dev.sightline.server.app.evaluate.Table}); whether maps depend on what the network has learned
 * ({@link dev.sightline.server.app.evaluate.Sanity}); and how all this is written, for a terminal,
 * for programs ({@link dev.sightline.server.app.evaluate.Journal}) and as a page ({@link
 * dev.sightline.server.app.evaluate.Page}).
 *
 * <p>Lives elsewhere: the measures themselves, which know no network and no file, in {@code
 * explain.measure}; what is said about images, in {@code annotation}; the command line, in {@code
 * app}.
 */
@NullMarked
package dev.sightline.server.app.evaluate;

import org.jspecify.annotations.NullMarked;
