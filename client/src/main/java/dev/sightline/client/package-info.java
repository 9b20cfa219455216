/**
 * The Java SDK: {@link dev.sightline.client.SightlineClient} explains one image, many images
 * without losing one, or a live stream in which the newest frame wins.
 *
 * <p>Lives here: the client, its options, and what it answers with, as immutable values. What a
 * heatmap's bytes mean is not decided here but in {@code dev.sightline.heatmap}, which the server
 * shares. A {@code Line} is what keeps a stream going over as many calls and servers as it takes, a
 * {@code Ledger} what keeps its answers complete and in order. Nothing here writes files or prints;
 * that is the command line's, in {@code dev.sightline.client.cli}. This module never depends on the
 * server.
 */
@NullMarked
package dev.sightline.client;

import org.jspecify.annotations.NullMarked;
