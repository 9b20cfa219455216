/**
 * Gives the protocol's heatmaps their meaning on both sides of the wire.
 *
 * <p>Lives here: grids and planes of numbers, the kernels that make one out of the other ({@link
 * dev.sightline.heatmap.Expansion}), every encoding of a heatmap, written ({@link
 * dev.sightline.heatmap.HeatmapWriter}) and read ({@link dev.sightline.heatmap.HeatmapReader}), and
 * 8-bit photographs: their files, and maps drawn over them ({@link dev.sightline.heatmap.Overlay}).
 * Server and client both use it, so that a grid expanded by a receiver is the server's own plane.
 *
 * <p>Lives elsewhere: how a map is computed, what a network takes, and anything that knows gRPC.
 *
 * <p>Everything here is thread-safe or a value. Arrays inside values are shared, not copied: who
 * hands one over no longer writes to it.
 */
@NullMarked
package dev.sightline.heatmap;

import org.jspecify.annotations.NullMarked;
