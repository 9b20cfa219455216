package dev.sightline.server.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The shape of a tensor: known lengths, but for the first, which may be the {@link #BATCH}. The
 * batch is never anywhere else, so a tensor either has one row per frame or does not depend on the
 * frames at all.
 */
record Shape(List<Long> dims) {
  /** Stands for the number of frames. */
  static final long BATCH = -1;

  Shape {
    dims = List.copyOf(dims);
    if (dims.lastIndexOf(BATCH) > 0) {
      throw new GraphException("the batch does not stay the first dimension");
    }
  }

  static Shape of(long... dims) {
    return new Shape(Arrays.stream(dims).boxed().toList());
  }

  boolean batched() {
    return !dims.isEmpty() && dims.get(0) == BATCH;
  }

  int rank() {
    return dims.size();
  }

  long dim(int axis) {
    return dims.get(axis);
  }

  /** Number of elements; of one row where there is a batch. */
  long elements() {
    return dims.stream()
        .mapToLong(Long::longValue)
        .filter(dim -> dim != BATCH)
        .reduce(1, Math::multiplyExact);
  }

  /** True for N × K × h × w. */
  boolean maps() {
    return batched() && rank() == 4;
  }

  List<Long> spatial() {
    return dims.subList(2, dims.size());
  }

  Shape with(int axis, long dim) {
    List<Long> changed = new ArrayList<>(dims);
    changed.set(axis, dim);
    return new Shape(changed);
  }

  /** Turns an axis counted from the end into one counted from the front. */
  static int axis(long axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw new GraphException("there is no axis " + axis + " among " + rank);
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /** The shape of a broadcast of both, by ONNX's (NumPy's) rules. */
  static Shape broadcast(Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    if ((a.batched() && a.rank() < rank) || (b.batched() && b.rank() < rank)) {
      throw new GraphException(
          "shapes " + a + " and " + b + " would mix the batch with another dimension");
    }
    List<Long> dims = new ArrayList<>(Collections.nCopies(rank, 1L));
    for (Shape shape : List.of(a, b)) {
      for (int i = 0; i < shape.rank(); i++) {
        int axis = rank - shape.rank() + i;
        long dim = shape.dim(i);
        if (dim != 1 && dims.get(axis) != 1 && dims.get(axis) != dim) {
          throw new GraphException("shapes " + a + " and " + b + " do not broadcast");
        }
        if (dim != 1) {
          dims.set(axis, dim);
        }
      }
    }
    return new Shape(dims);
  }

  @Override
  public String toString() {
    return dims.stream()
        .map(dim -> dim == BATCH ? "N" : dim.toString())
        .collect(Collectors.joining("×", "[", "]"));
  }
}
