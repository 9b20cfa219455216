package dev.sightline.server.graph;

import java.util.List;

/** Matrix products and the scaling of batch normalisation. */
final class LinearRules {
  private LinearRules() {}

  /** Y = alpha·A·B + beta·C, B possibly transposed. */
  static String gemm(Backward b, Node node, int input, String g) {
    if (input == 2) {
      float beta = node.real("beta", 1);
      String sum = ArithmeticRules.unbroadcast(b, node, 2, g);
      return beta == 1 ? sum : b.mul(sum, b.real(beta));
    }
    if (input == 1) {
      throw new GraphException(node + " has weights that depend on the image");
    }
    boolean transposed = node.integer("transB", 0) != 0;
    float alpha = node.real("alpha", 1);
    if (b.isSeed(g)) {
      String row = weightsOfClass(b, node.input(1), transposed ? 0 : 1);
      return alpha == 1 ? row : b.mul(row, b.real(alpha));
    }
    return b.node(
        "Gemm",
        List.of(g, node.input(1)),
        Attributes.real("alpha", alpha),
        Attributes.integer("transB", transposed ? 0 : 1));
  }

  static String matMul(Backward b, Node node, int input, String g) {
    String other = node.input(1 - input);
    Shape shape = b.shape(other);
    int rank = shape.rank();
    int rankOut = b.shape(node.output()).rank();
    if (input == 0 && rank == 2 && rankOut == 2) {
      return b.isSeed(g)
          ? weightsOfClass(b, other, 1)
          : b.node("Gemm", List.of(g, other), Attributes.integer("transB", 1));
    }
    long[] swap = new long[rank];
    for (int i = 0; i < rank; i++) {
      swap[i] = i < rank - 2 ? i : 2 * rank - 3 - i;
    }
    String turned = b.node("Transpose", List.of(b.rows(other)), Attributes.integers("perm", swap));
    String product = b.node("MatMul", input == 0 ? List.of(g, turned) : List.of(turned, g));
    return stackSum(b, node, input, product);
  }

  /** Sums over the stacked axes along which a matrix was repeated. */
  private static String stackSum(Backward b, Node node, int input, String product) {
    Shape from = b.shape(node.input(input));
    Shape to = b.shape(node.output());
    List<Integer> repeated =
        java.util.stream.IntStream.range(0, to.rank() - 2)
            .filter(axis -> from.dim(axis) == 1 && to.dim(axis) != 1)
            .boxed()
            .toList();
    return repeated.isEmpty() ? product : b.sum(product, repeated);
  }

  /** γ / √(variance + ε) for each channel. */
  static String batchNormalization(Backward b, Node node, int input, String g) {
    if (input != 0 || node.integer("training_mode", 0) != 0) {
      throw new GraphException(node + " normalises by statistics of the batch");
    }
    float[] variance = b.floats(node, 4);
    float[] gamma = b.floats(node, 1);
    double epsilon = node.real("epsilon", 1e-5f);
    long[] dims = new long[b.shape(node.output()).rank() - 1];
    java.util.Arrays.fill(dims, 1);
    dims[0] = gamma.length;
    String scale =
        b.reals(
            node.output() + "/scale",
            () -> {
              float[] values = new float[gamma.length];
              for (int c = 0; c < values.length; c++) {
                values[c] = (float) (gamma[c] / Math.sqrt(variance[c] + epsilon));
              }
              return values;
            },
            dims);
    return b.mul(g, scale);
  }

  /** Looks the weights of each row's class up: R × K. */
  private static String weightsOfClass(Backward b, String weights, int classAxis) {
    String rows =
        b.node("Gather", List.of(weights, b.chosen()), Attributes.integer("axis", classAxis));
    return classAxis == 0
        ? rows
        : b.node("Transpose", List.of(rows), Attributes.integers("perm", 1, 0));
  }
}
