package dev.sightline.server.graph;

/**
 * A tensor N × channels × height × width at which a graph can be cut.
 *
 * @param name the tensor's name in the model
 * @param operator the ONNX operator that computes it, such as {@code Conv} before and {@code Relu}
 *     after an activation
 * @param channels number of feature maps, K
 * @param height rows of the grid, h
 * @param width columns of the grid, w
 */
public record Layer(String name, String operator, int channels, int height, int width) {}
