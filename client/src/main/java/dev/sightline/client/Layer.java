package dev.sightline.client;

import java.util.List;

/**
 * A layer that can be explained: a tensor of the graph.
 *
 * @param name the tensor's name
 * @param operator the operator that makes it, such as "Relu"
 * @param channels its channels
 * @param height rows of its grid
 * @param width columns of its grid
 * @param methods the methods that it can give, of those that this client knows
 * @param sigmaX the Gaussian's standard deviation along a row where options give none, in pixels of
 *     the network's input; 0 where the server knows none and options must give it
 * @param sigmaY as sigmaX, along a column
 */
public record Layer(
    String name,
    String operator,
    int channels,
    int height,
    int width,
    List<Method> methods,
    float sigmaX,
    float sigmaY) {

  public Layer {
    methods = List.copyOf(methods);
  }

  static Layer of(dev.sightline.v1.Layer wire) {
    return new Layer(
        wire.getName(),
        wire.getOperator(),
        wire.getChannels(),
        wire.getHeight(),
        wire.getWidth(),
        Method.known(wire.getMethodsList()),
        wire.getSigma().getX(),
        wire.getSigma().getY());
  }
}
