package dev.sightline.server.model.expansion;

import dev.sightline.server.image.InputShape;
import java.util.List;

/**
 * Photographs beside what a decoder makes of their features.
 *
 * @param shape the shape of each
 * @param count how many
 * @param originals count × C × H × W, as the network takes them
 * @param rebuilt the same, as the decoder rebuilds them in PyTorch
 * @param features what it rebuilt them from
 */
public record Samples(
    InputShape shape, int count, float[] originals, float[] rebuilt, List<float[]> features) {}
