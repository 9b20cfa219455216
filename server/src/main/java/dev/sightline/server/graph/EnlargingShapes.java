package dev.sightline.server.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The shapes that operators give which make maps larger, as decoders use them. */
final class EnlargingShapes {
  private EnlargingShapes() {}

  static Shape convTranspose(Node node, Shapes known) {
    Shape input = known.shape(node.input(0));
    Shape weights = known.shape(node.input(1));
    if (input.dim(1) != weights.dim(0)) {
      throw new GraphException("weights " + weights + " do not fit an input of shape " + input);
    }
    List<Long> strides = ones(node, "strides", input);
    List<Long> dilations = ones(node, "dilations", input);
    List<Long> more = filled(node, "output_padding", input.rank() - 2, 0);
    List<Long> pads = filled(node, "pads", 2 * (input.rank() - 2), 0);
    String auto = node.text("auto_pad", "NOTSET");
    List<Long> dims = new ArrayList<>(List.of(input.dim(0)));
    dims.add(weights.dim(1) * node.integer("group", 1));
    for (int i = 0; i < input.rank() - 2; i++) {
      long same = input.dim(i + 2) * strides.get(i);
      long free =
          strides.get(i) * (input.dim(i + 2) - 1)
              + more.get(i)
              + (weights.dim(i + 2) - 1) * dilations.get(i)
              + 1;
      long cut = auto.equals("NOTSET") ? pads.get(i) + pads.get(i + input.rank() - 2) : 0;
      // What a kernel narrower than its stride lacks is not padded.
      dims.add(auto.startsWith("SAME") ? Math.min(same, free) : free - cut);
    }
    List<Long> stated = node.integers("output_shape").orElse(List.of());
    for (int i = 0; i < stated.size(); i++) {
      dims.set(dims.size() - stated.size() + i, stated.get(i));
    }
    return new Shape(dims);
  }

  private static List<Long> ones(Node node, String attribute, Shape input) {
    return filled(node, attribute, input.rank() - 2, 1);
  }

  private static List<Long> filled(Node node, String attribute, int count, long otherwise) {
    return node.integers(attribute).orElse(Collections.nCopies(count, otherwise));
  }

  static Shape resize(Node node, Shapes known) {
    Shape input = known.shape(node.input(0));
    if (node.integers("axes").isPresent()
        || !node.text("keep_aspect_ratio_policy", "stretch").equals("stretch")) {
      throw new GraphException("resizes some axes only, or keeps their ratio");
    }
    boolean sized = node.has(3);
    long[] sizes = sized ? known.integers(node.input(3)) : new long[0];
    float[] scales = sized ? new float[0] : known.reals(node.input(2));
    if ((sized ? sizes.length : scales.length) != input.rank()) {
      throw new GraphException("states no size for every axis of " + input);
    }
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < input.rank(); i++) {
      if (input.dim(i) == Shape.BATCH) {
        if (sized ? sizes[i] != Shapes.FRAMES : scales[i] != 1) {
          throw new GraphException("resizes the batch, or is fixed to one");
        }
        dims.add(Shape.BATCH);
      } else {
        dims.add(sized ? sizes[i] : (long) Math.floor((double) input.dim(i) * scales[i]));
      }
    }
    return new Shape(dims);
  }

  static Shape depthToSpace(Node node, Shapes known) {
    Shape input = known.shape(node.input(0));
    long block = node.integer("blocksize", 1);
    if (input.rank() != 4 || block < 1 || input.dim(1) % (block * block) != 0) {
      throw new GraphException("blocks of " + block + " do not fit " + input);
    }
    return Shape.of(
        input.dim(0), input.dim(1) / (block * block), input.dim(2) * block, input.dim(3) * block);
  }
}
