package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes an Einsum of two stacks of matrices, as attention uses it, as the matrix product that it
 * is. Any other is left as it was.
 */
final class EinsumProducts {
  private EinsumProducts() {}

  /** The nodes that stand for a node: itself, or a product with what it needs transposed. */
  static List<Node> of(Node node) {
    String equation = node.text("equation", "").replace(" ", "");
    String[] sides = equation.split("->", -1);
    String[] terms = sides[0].split(",", -1);
    if (!node.operator().equals("Einsum") || sides.length != 2 || terms.length != 2) {
      return List.of(node);
    }
    String out = sides[1];
    int stack = out.length() - 2;
    boolean stacked =
        stack >= 0
            && terms[0].length() == out.length()
            && terms[1].length() == out.length()
            && terms[0].startsWith(out.substring(0, stack))
            && terms[1].startsWith(out.substring(0, stack))
            && equation.chars().allMatch(c -> Character.isLetter(c) || ",->".indexOf(c) >= 0);
    if (!stacked) {
      return List.of(node);
    }
    String row = out.substring(stack, stack + 1);
    String column = out.substring(stack + 1);
    String left = terms[0].substring(stack);
    String right = terms[1].substring(stack);
    String inner = left.replace(row, "");
    boolean product =
        inner.length() == 1
            && left.contains(row)
            && right.contains(column)
            && right.replace(column, "").equals(inner)
            && !row.equals(column)
            && !inner.equals(column);
    if (!product) {
      return List.of(node);
    }
    List<Node> nodes = new ArrayList<>();
    NodeProto.Builder matMul =
        node.proto().toBuilder().setOpType("MatMul").clearAttribute().clearInput();
    matMul.addInput(oriented(nodes, node, 0, left.startsWith(row), out.length()));
    matMul.addInput(oriented(nodes, node, 1, right.endsWith(column), out.length()));
    nodes.add(new Node(matMul.build()));
    return nodes;
  }

  private static String oriented(List<Node> nodes, Node node, int input, boolean asItIs, int rank) {
    if (asItIs) {
      return node.input(input);
    }
    long[] perm = new long[rank];
    for (int i = 0; i < rank; i++) {
      perm[i] = i < rank - 2 ? i : 2L * rank - 3 - i;
    }
    String turned = node.output() + "/turned" + input;
    nodes.add(
        new Node(
            NodeProto.newBuilder()
                .setName(turned)
                .setOpType("Transpose")
                .addInput(node.input(input))
                .addOutput(turned)
                .addAttribute(Attributes.integers("perm", perm))
                .build()));
    return turned;
  }
}
