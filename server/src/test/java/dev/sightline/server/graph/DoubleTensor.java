package dev.sightline.server.graph;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;

/** A dense tensor of doubles, row-major. */
final class DoubleTensor {
  private final int[] dims;
  private final double[] values;

  DoubleTensor(int[] dims, double[] values) {
    this.dims = dims.clone();
    this.values = values;
    if (size(dims) != values.length) {
      throw new IllegalArgumentException(
          Arrays.toString(dims) + " does not hold " + values.length + " values");
    }
  }

  static int size(int[] dims) {
    return Arrays.stream(dims).reduce(1, (a, b) -> a * b);
  }

  static DoubleTensor of(int[] dims, float[] values) {
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return new DoubleTensor(dims, wide);
  }

  /** A tensor whose every value is computed from its index. */
  static DoubleTensor each(int[] dims, ToDoubleFunction<int[]> value) {
    double[] values = new double[size(dims)];
    int[] index = new int[dims.length];
    for (int i = 0; i < values.length; i++) {
      int rest = i;
      for (int axis = dims.length - 1; axis >= 0; axis--) {
        index[axis] = rest % dims[axis];
        rest /= dims[axis];
      }
      values[i] = value.applyAsDouble(index);
    }
    return new DoubleTensor(dims, values);
  }

  int[] dims() {
    return dims.clone();
  }

  int dim(int axis) {
    return dims[axis];
  }

  int rank() {
    return dims.length;
  }

  double[] values() {
    return values;
  }

  double at(int... index) {
    int offset = 0;
    for (int axis = 0; axis < dims.length; axis++) {
      offset = offset * dims[axis] + index[axis];
    }
    return values[offset];
  }

  /** The value at an index of a broadcast of this tensor. */
  double broadcastAt(int[] index) {
    int[] own = new int[dims.length];
    for (int axis = 0; axis < own.length; axis++) {
      own[axis] = dims[axis] == 1 ? 0 : index[index.length - own.length + axis];
    }
    return at(own);
  }

  DoubleTensor map(DoubleUnaryOperator f) {
    return new DoubleTensor(dims, Arrays.stream(values).map(f).toArray());
  }

  DoubleTensor with(DoubleTensor other, DoubleBinaryOperator f) {
    int[] out = broadcast(dims, other.dims);
    return each(out, i -> f.applyAsDouble(broadcastAt(i), other.broadcastAt(i)));
  }

  static int[] broadcast(int[] a, int[] b) {
    int[] out = new int[Math.max(a.length, b.length)];
    Arrays.fill(out, 1);
    for (int[] dims : new int[][] {a, b}) {
      for (int i = 0; i < dims.length; i++) {
        int axis = out.length - dims.length + i;
        out[axis] = Math.max(out[axis], dims[i]);
      }
    }
    return out;
  }

  DoubleTensor reshaped(int... to) {
    return new DoubleTensor(to, values);
  }

  /** A copy with one value of each frame moved. */
  DoubleTensor nudged(int at, double by) {
    double[] moved = values.clone();
    for (int i = at; i < moved.length; i += moved.length / dims[0]) {
      moved[i] += by;
    }
    return new DoubleTensor(dims, moved);
  }
}
