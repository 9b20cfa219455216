package dev.sightline.server.engine;

import dev.sightline.server.graph.Decoder;
import dev.sightline.server.graph.DecoderConvolution;
import dev.sightline.server.graph.DecoderStage;
import dev.sightline.server.graph.Layer;
import java.util.List;

/** A decoder as loops in double precision, of one image. */
final class DoubleDecoder {
  private final Decoder decoder;

  DoubleDecoder(Decoder decoder) {
    this.decoder = decoder;
  }

  double[] reconstruct(double[] parameters, List<float[]> features) {
    double[] maps = {};
    int height = 0;
    int width = 0;
    int taken = 0;
    for (DecoderStage stage : decoder.stages()) {
      int cells = stage.height() * stage.width();
      double[] joined = new double[stage.mix().in() * cells];
      if (stage.up() != null) {
        double[] up = convolution(stage.up(), parameters, maps, height, width);
        for (int i = 0; i < joined.length; i++) {
          int y = i % cells / stage.width();
          int x = i % stage.width();
          double row = (y + 0.5) * height / stage.height() - 0.5;
          double column = (x + 0.5) * width / stage.width() - 0.5;
          joined[i] += between(up, i / cells * height * width, height, width, row, column);
        }
      }
      Layer layer = stage.layer();
      if (stage.skip() != null && layer != null) {
        float[] feature = features.get(taken++);
        double[] given = new double[feature.length];
        for (int i = 0; i < given.length; i++) {
          given[i] = feature[i];
        }
        double[] skip = convolution(stage.skip(), parameters, given, stage.height(), stage.width());
        for (int i = 0; i < joined.length; i++) {
          joined[i] += skip[i];
        }
      }
      height = stage.height();
      width = stage.width();
      maps = relu(convolution(stage.mix(), parameters, relu(joined), height, width));
    }
    return convolution(decoder.last(), parameters, maps, height, width);
  }

  private static double between(
      double[] maps, int offset, int height, int width, double row, double column) {
    double y = Math.max(0, Math.min(height - 1, row));
    double x = Math.max(0, Math.min(width - 1, column));
    double sum = 0;
    for (int i = (int) y; i < Math.min(height, y + 1); i++) {
      for (int j = (int) x; j < Math.min(width, x + 1); j++) {
        double weight = Math.max(0, 1 - Math.abs(y - i)) * Math.max(0, 1 - Math.abs(x - j));
        sum += weight * maps[offset + i * width + j];
      }
    }
    return sum;
  }

  private static double[] relu(double[] maps) {
    double[] active = new double[maps.length];
    for (int i = 0; i < maps.length; i++) {
      active[i] = Math.max(0, maps[i]);
    }
    return active;
  }

  private static double[] convolution(
      DecoderConvolution of, double[] parameters, double[] in, int height, int width) {
    double[] out = new double[of.out() * height * width];
    int kernel = of.kernel();
    for (int o = 0; o < of.out(); o++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          double sum = parameters[of.biases() + o];
          for (int c = 0; c < of.in(); c++) {
            for (int k = 0; k < kernel * kernel; k++) {
              int row = y + k / kernel - kernel / 2;
              int column = x + k % kernel - kernel / 2;
              if (row >= 0 && row < height && column >= 0 && column < width) {
                sum +=
                    parameters[of.offset() + (o * of.in() + c) * kernel * kernel + k]
                        * in[(c * height + row) * width + column];
              }
            }
          }
          out[(o * height + y) * width + x] = sum;
        }
      }
    }
    return out;
  }
}
