/**
 * High-resolution CAM (Tagaris et al. 2019): a low-resolution map and the picture that an expansion
 * network draws of the same features become one map in the shape of the object.
 *
 * <p>Lives here: the whole way ({@link dev.sightline.server.explain.refine.HighResCam}), each of
 * its steps as a small pure function, and what the paper leaves open, as settings with defaults
 * ({@link dev.sightline.server.explain.refine.RefineSettings}). OpenCV does what it has an
 * operation for.
 *
 * <p>Lives elsewhere: the low-resolution map, the expansion network, and how pictures of the steps
 * are drawn. This package uses no other room of the server.
 */
@NullMarked
package dev.sightline.server.explain.refine;

import org.jspecify.annotations.NullMarked;
