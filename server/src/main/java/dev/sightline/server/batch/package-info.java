/**
 * Forms batches across streams and calls, and makes the answer to each image.
 *
 * <p>The way of an image: a {@link dev.sightline.server.batch.Planner} resolves options once into a
 * {@link dev.sightline.server.batch.Plan}; a {@link dev.sightline.server.batch.Source} (one per
 * stream or call) holds the image, still encoded; a free {@link dev.sightline.server.batch.Worker}
 * takes what waits in one {@link dev.sightline.server.batch.Lane}, one image per source in turn,
 * decodes, runs the pass, makes the maps and answers. Every image that was submitted is answered
 * exactly once.
 *
 * <p>Some methods need several passes of an image. Its {@link dev.sightline.server.batch.Work} then
 * has {@link dev.sightline.server.batch.Stage}s, one after the other, whose frames wait in their
 * lanes and share passes with frames of other images: a plan's {@link
 * dev.sightline.server.batch.Recipe} lists them, and {@link dev.sightline.server.batch.View}
 * gathers what they give.
 *
 * <p>A model on which the engine fails is left alone for a while: its {@link
 * dev.sightline.server.batch.Breaker} has its images refused at once.
 *
 * <p>Lives here: lanes, fairness, bounds, ages, and what becomes of an image that fails. Knows no
 * gRPC, no order within a stream, and no engine but through {@link
 * dev.sightline.server.engine.Backend}.
 */
@NullMarked
package dev.sightline.server.batch;

import org.jspecify.annotations.NullMarked;
