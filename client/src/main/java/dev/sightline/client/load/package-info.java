/**
 * Load on a server, and what it makes of it: frames of many cameras in a closed loop or at a rate,
 * measured from the time at which each was due.
 *
 * <p>Lives here: when frames are due ({@code Arrivals}), who sends them ({@code Lane}: live streams
 * through the SDK as a user's cameras do, batches and single images through the generated stubs,
 * which neither wait for the caller nor try again), what is counted ({@code Measurements}), the
 * search for a server's capacity, and reports as text, JSON and a page. Options, files and progress
 * bars are the command line's, in {@code dev.sightline.client.cli}, which uses this package and
 * never the other way round.
 */
@NullMarked
package dev.sightline.client.load;

import org.jspecify.annotations.NullMarked;
