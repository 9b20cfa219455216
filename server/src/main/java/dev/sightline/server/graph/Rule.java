package dev.sightline.server.graph;

/**
 * How the gradient passes back through one operator.
 *
 * <p>A rule is given g, the name of a tensor that holds the gradient of the chosen logits with
 * respect to the node's first output, R × the output's shape without the batch, and writes what
 * leads from it to the gradient with respect to one input.
 */
@FunctionalInterface
interface Rule {
  /**
   * Writes the gradient with respect to an input that depends on the layer.
   *
   * @param input index of the input
   * @return the name of a tensor R × the input's shape without the batch
   * @throws GraphException if the operator cannot be differentiated as this node uses it
   */
  String gradient(Backward backward, Node node, int input, String g);
}
