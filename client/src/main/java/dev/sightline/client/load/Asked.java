package dev.sightline.client.load;

import dev.sightline.client.Options;

/**
 * What a stream asks of every frame.
 *
 * @param name what reports call it, such as "grad-cam, grid-float16"
 */
public record Asked(String name, Options options) {}
