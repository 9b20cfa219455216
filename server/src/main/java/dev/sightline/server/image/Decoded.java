package dev.sightline.server.image;

import dev.sightline.heatmap.Photo;
import dev.sightline.v1.Region;
import org.jspecify.annotations.Nullable;

/**
 * What is left of an image once its pixels are in the network's input.
 *
 * @param width the image's own width; for a tensor, that of the network's input
 * @param height the image's own height; for a tensor, that of the network's input
 * @param region the part of the image that the network sees, in the image's own pixels
 * @param photo the image's own pixels, if they were to be kept and it is not a tensor
 * @param means of what the network sees, if they were to be taken and it is not a tensor
 */
public record Decoded(
    int width, int height, Region region, @Nullable Photo photo, @Nullable BlockMeans means) {}
