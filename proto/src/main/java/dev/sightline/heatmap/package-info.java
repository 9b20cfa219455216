/** Gives the protocol's heatmaps their meaning on both sides of the wire. */
@NullMarked
package dev.sightline.heatmap;

import org.jspecify.annotations.NullMarked;
