package dev.sightline.server.model.convert;

import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/**
 * A map of height × width × channels in double precision, and the layers over it as plain loops:
 * what TensorFlow's documentation says they compute, written without a look at ONNX.
 */
record NaiveMap(int height, int width, int channels, double[] values) {
  NaiveMap(int height, int width, int channels) {
    this(height, width, channels, new double[height * width * channels]);
  }

  static final DoubleUnaryOperator LINEAR = x -> x;
  static final DoubleUnaryOperator RELU = x -> Math.max(x, 0);
  static final DoubleUnaryOperator RELU6 = x -> Math.min(Math.max(x, 0), 6);

  static float[] random(Random random, int size, double spread) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (random.nextGaussian() * spread);
    }
    return values;
  }

  static NaiveMap of(float[] values, int height, int width, int channels) {
    NaiveMap map = new NaiveMap(height, width, channels);
    for (int i = 0; i < values.length; i++) {
      map.values[i] = values[i];
    }
    return map;
  }

  double at(int y, int x, int c) {
    return values[(y * width + x) * channels + c];
  }

  void set(int y, int x, int c, double value) {
    values[(y * width + x) * channels + c] = value;
  }

  /** The same values channels first. */
  float[] channelsFirst() {
    float[] result = new float[values.length];
    int to = 0;
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          result[to++] = (float) at(y, x, c);
        }
      }
    }
    return result;
  }

  NaiveMap each(DoubleUnaryOperator function) {
    NaiveMap result = new NaiveMap(height, width, channels);
    for (int i = 0; i < values.length; i++) {
      result.values[i] = function.applyAsDouble(values[i]);
    }
    return result;
  }

  NaiveMap plus(NaiveMap other) {
    NaiveMap result = new NaiveMap(height, width, channels);
    for (int i = 0; i < values.length; i++) {
      result.values[i] = values[i] + other.values[i];
    }
    return result;
  }

  NaiveMap beside(NaiveMap other) {
    NaiveMap result = new NaiveMap(height, width, channels + other.channels);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < result.channels; c++) {
          result.set(y, x, c, c < channels ? at(y, x, c) : other.at(y, x, c - channels));
        }
      }
    }
    return result;
  }

  NaiveMap padded(int top, int left, int bottom, int right) {
    NaiveMap result = new NaiveMap(height + top + bottom, width + left + right, channels);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          result.set(y + top, x + left, c, at(y, x, c));
        }
      }
    }
    return result;
  }

  /** One weight: what a kernel has for a place in its window, a channel in and a channel out. */
  interface Kernel {
    double at(int y, int x, int in, int out);
  }

  /** A convolution; every channel out sees every channel in. */
  NaiveMap convolved(
      Kernel kernel, float[] bias, int size, int stride, int dilation, boolean same) {
    Slide slide = new Slide(size, stride, dilation, same);
    NaiveMap result = slide.result(bias.length);
    slide.places(
        result,
        (y, x, c, window) -> {
          double sum = bias[c];
          for (int[] at : window) {
            for (int in = 0; in < channels; in++) {
              sum += at(at[2], at[3], in) * kernel.at(at[0], at[1], in, c);
            }
          }
          return sum;
        });
    return result;
  }

  /** A depthwise convolution; channel out c sees channel in c / multiplier. */
  NaiveMap depthwise(
      Kernel kernel, float[] bias, int size, int stride, int dilation, boolean same) {
    int multiplier = bias.length / channels;
    Slide slide = new Slide(size, stride, dilation, same);
    NaiveMap result = slide.result(bias.length);
    slide.places(
        result,
        (y, x, c, window) -> {
          double sum = bias[c];
          for (int[] at : window) {
            sum += at(at[2], at[3], c / multiplier) * kernel.at(at[0], at[1], c / multiplier, c);
          }
          return sum;
        });
    return result;
  }

  NaiveMap averaged(int size, int stride, boolean same) {
    Slide slide = new Slide(size, stride, 1, same);
    NaiveMap result = slide.result(channels);
    slide.places(
        result,
        (y, x, c, window) -> {
          double sum = 0;
          for (int[] at : window) {
            sum += at(at[2], at[3], c);
          }
          return sum / window.size();
        });
    return result;
  }

  NaiveMap largest(int size, int stride, boolean same) {
    Slide slide = new Slide(size, stride, 1, same);
    NaiveMap result = slide.result(channels);
    slide.places(
        result,
        (y, x, c, window) -> {
          double largest = Double.NEGATIVE_INFINITY;
          for (int[] at : window) {
            largest = Math.max(largest, at(at[2], at[3], c));
          }
          return largest;
        });
    return result;
  }

  /** The mean of every channel. */
  NaiveMap mean() {
    NaiveMap result = new NaiveMap(1, 1, channels);
    for (int i = 0; i < values.length; i++) {
      result.values[i % channels] += values[i] / (height * width);
    }
    return result;
  }

  /** A linear layer over all values in their order: row o of the weights gives value o. */
  NaiveMap linear(Kernel weights, float[] bias) {
    NaiveMap result = new NaiveMap(1, 1, bias.length);
    for (int out = 0; out < bias.length; out++) {
      result.values[out] = bias[out];
      for (int in = 0; in < values.length; in++) {
        result.values[out] += values[in] * weights.at(0, 0, in, out);
      }
    }
    return result;
  }

  private interface Place {
    double value(int y, int x, int c, java.util.List<int[]> window);
  }

  /** A window's way over this map; what lies outside the map is not in a window. */
  private final class Slide {
    private final int size;
    private final int stride;
    private final int dilation;
    private final int rows;
    private final int columns;
    private final int top;
    private final int left;

    Slide(int size, int stride, int dilation, boolean same) {
      this.size = size;
      this.stride = stride;
      this.dilation = dilation;
      int span = (size - 1) * dilation + 1;
      rows = same ? (int) Math.ceil(height / (double) stride) : (height - span) / stride + 1;
      columns = same ? (int) Math.ceil(width / (double) stride) : (width - span) / stride + 1;
      top = same ? Math.max((rows - 1) * stride + span - height, 0) / 2 : 0;
      left = same ? Math.max((columns - 1) * stride + span - width, 0) / 2 : 0;
    }

    NaiveMap result(int out) {
      return new NaiveMap(rows, columns, out);
    }

    void places(NaiveMap result, Place place) {
      for (int y = 0; y < rows; y++) {
        for (int x = 0; x < columns; x++) {
          java.util.List<int[]> window = new java.util.ArrayList<>();
          for (int j = 0; j < size; j++) {
            for (int i = 0; i < size; i++) {
              int fromY = y * stride - top + j * dilation;
              int fromX = x * stride - left + i * dilation;
              if (fromY >= 0 && fromY < height && fromX >= 0 && fromX < width) {
                window.add(new int[] {j, i, fromY, fromX});
              }
            }
          }
          for (int c = 0; c < result.channels; c++) {
            result.set(y, x, c, place.value(y, x, c, window));
          }
        }
      }
    }
  }
}
