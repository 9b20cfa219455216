package dev.sightline.server.graph;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * What a Slice node cuts out, one entry an axis.
 *
 * @param starts first index, from the front
 * @param lengths number of cells cut out
 * @param steps from one cell to the next, which may be negative
 */
record Slices(long[] starts, long[] lengths, long[] steps) {
  static Slices of(Node node, Shape in, Shapes known) {
    int rank = in.rank();
    long[] from = known.integers(node.input(1));
    long[] to = known.integers(node.input(2));
    long[] axes =
        node.has(3) ? known.integers(node.input(3)) : LongStream.range(0, from.length).toArray();
    long[] starts = new long[rank];
    long[] steps = new long[rank];
    Arrays.fill(steps, 1);
    long[] lengths = in.dims().stream().mapToLong(Long::longValue).toArray();
    long[] given = node.has(4) ? known.integers(node.input(4)) : new long[0];
    for (int i = 0; i < axes.length; i++) {
      int axis = Shape.axis(axes[i], rank);
      long length = in.dim(axis);
      long step = i < given.length ? given[i] : 1;
      if (length == Shape.BATCH) {
        if (from[i] != 0 || to[i] < Integer.MAX_VALUE || step != 1) {
          throw new GraphException("cuts into the batch");
        }
        continue;
      }
      long last = step > 0 ? length : length - 1;
      starts[axis] = bound(from[i], length, 0, last);
      steps[axis] = step;
      long end = bound(to[i], length, step > 0 ? 0 : -1, last);
      lengths[axis] = Math.max(0, -Math.floorDiv(starts[axis] - end, step));
    }
    return new Slices(starts, lengths, steps);
  }

  /** The same cells in their order, where a step is negative. */
  Slices forwards() {
    long[] first = starts.clone();
    long[] step = steps.clone();
    for (int axis = 0; axis < first.length; axis++) {
      if (step[axis] < 0) {
        first[axis] += (lengths[axis] - 1) * step[axis];
        step[axis] = -step[axis];
      }
    }
    return new Slices(first, lengths, step);
  }

  /** The index of the i-th cell that is cut out along an axis. */
  int at(int axis, long i) {
    return Math.toIntExact(starts[axis] + i * steps[axis]);
  }

  private static long bound(long index, long length, long least, long most) {
    return Math.max(least, Math.min(most, index < 0 ? index + length : index));
  }
}
