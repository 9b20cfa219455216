package dev.sightline.server.graph;

import java.util.List;

/**
 * Convolution and pooling over two axes in double precision, one loop for each index of the
 * definition.
 */
final class DoubleWindows {
  private DoubleWindows() {}

  /** How a window moves along one axis. */
  private record Steps(int kernel, int stride, int dilation, int begin, int end, int in, int out) {
    static Steps of(Node node, int axis, int kernel, int in) {
      int stride = at(node, "strides", axis, 1);
      int dilation = at(node, "dilations", axis, 1);
      int span = dilation * (kernel - 1) + 1;
      String auto = node.text("auto_pad", "NOTSET");
      int begin = auto.equals("NOTSET") ? at(node, "pads", axis, 0) : 0;
      int end = auto.equals("NOTSET") ? at(node, "pads", axis + 2, 0) : 0;
      if (auto.startsWith("SAME")) {
        int out = (in + stride - 1) / stride;
        int total = Math.max(0, (out - 1) * stride + span - in);
        begin = auto.equals("SAME_UPPER") ? total / 2 : (total + 1) / 2;
        end = total - begin;
      }
      double steps = (double) (in + begin + end - span) / stride;
      boolean ceil = node.integer("ceil_mode", 0) != 0;
      int out = (int) (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
      if (ceil && (out - 1) * stride >= in + begin) {
        out--;
      }
      return new Steps(kernel, stride, dilation, begin, end, in, out);
    }

    private static int at(Node node, String attribute, int index, int otherwise) {
      return node.integers(attribute).map(v -> v.get(index).intValue()).orElse(otherwise);
    }

    int cell(int window, int k) {
      return window * stride - begin + k * dilation;
    }

    boolean inside(int cell) {
      return cell >= 0 && cell < in;
    }

    boolean inPadding(int cell) {
      return cell >= -begin && cell < in + end;
    }
  }

  static DoubleTensor conv(Node node, List<DoubleTensor> in) {
    DoubleTensor x = in.get(0);
    DoubleTensor w = in.get(1);
    int groups = (int) node.integer("group", 1);
    Steps rows = Steps.of(node, 0, w.dim(2), x.dim(2));
    Steps columns = Steps.of(node, 1, w.dim(3), x.dim(3));
    return DoubleTensor.each(
        new int[] {x.dim(0), w.dim(0), rows.out, columns.out},
        o -> {
          double sum = node.has(2) ? in.get(2).at(o[1]) : 0;
          int first = o[1] / (w.dim(0) / groups) * w.dim(1);
          for (int c = 0; c < w.dim(1); c++) {
            int map = (o[0] * x.dim(1) + first + c) * x.dim(2);
            int kernel = (o[1] * w.dim(1) + c) * rows.kernel;
            for (int i = 0; i < rows.kernel; i++) {
              int y = rows.cell(o[2], i);
              for (int j = 0; j < columns.kernel; j++) {
                int z = columns.cell(o[3], j);
                if (rows.inside(y) && columns.inside(z)) {
                  double weight = w.values()[(kernel + i) * columns.kernel + j];
                  sum += weight * x.values()[(map + y) * x.dim(3) + z];
                }
              }
            }
          }
          return sum;
        });
  }

  static DoubleTensor pool(Node node, DoubleTensor x, boolean max) {
    List<Long> kernel = node.integers("kernel_shape").orElseThrow();
    Steps rows = Steps.of(node, 0, kernel.get(0).intValue(), x.dim(2));
    Steps columns = Steps.of(node, 1, kernel.get(1).intValue(), x.dim(3));
    boolean padding = node.integer("count_include_pad", 0) != 0;
    return DoubleTensor.each(
        new int[] {x.dim(0), x.dim(1), rows.out, columns.out},
        o -> {
          double sum = 0;
          double most = Double.NEGATIVE_INFINITY;
          int cells = 0;
          for (int i = 0; i < rows.kernel; i++) {
            for (int j = 0; j < columns.kernel; j++) {
              int y = rows.cell(o[2], i);
              int z = columns.cell(o[3], j);
              if (rows.inside(y) && columns.inside(z)) {
                sum += x.at(o[0], o[1], y, z);
                most = Math.max(most, x.at(o[0], o[1], y, z));
                cells++;
              } else if (padding && rows.inPadding(y) && columns.inPadding(z)) {
                cells++;
              }
            }
          }
          return max ? most : sum / cells;
        });
  }
}
