package dev.sightline.server.graph;

/**
 * The input that takes the images, float32 N × channels × height × width.
 *
 * @param name its name in the model
 */
public record ImageInput(String name, int channels, int height, int width) {}
