package dev.sightline.client;

/**
 * How far an image is that takes several passes of the network. Comes before the image's answer, in
 * no order among images, and only if {@link Options.Builder#progressEvery} asked for it.
 *
 * @param sequence the image's number, as in its answer
 * @param generation the options that it is explained under, as in its answer
 * @param done frames computed, see {@link Timing#frames()}
 * @param total frames to compute in all
 */
public record Progress(long sequence, long generation, int done, int total) {}
