/**
 * How good a map is, as small pure functions: the measures of the papers, each with its source.
 *
 * <p>Lives here: masks, regions and boxes of a map ({@link
 * dev.sightline.server.explain.measure.Mask}, {@link dev.sightline.server.explain.measure.Region});
 * which pixels of an image a map keeps or removes and what takes their place ({@link
 * dev.sightline.server.explain.measure.Ranking}, {@link dev.sightline.server.explain.measure.Fill},
 * {@link dev.sightline.server.explain.measure.NoisyLinearImputation}); and the figures that follow
 * from the network's probabilities and from boxes.
 *
 * <p>Lives elsewhere: the network that gives the probabilities, files of boxes and labels, and
 * tables. This package uses no other room of the server.
 */
@NullMarked
package dev.sightline.server.explain.measure;

import org.jspecify.annotations.NullMarked;
