package dev.sightline.server.graph;

import java.io.IOException;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/** A network's folder as {@code export_zoo.py} writes it: the model and float64 references. */
final class ZooReference {
  private static final double SAME = 1e-4;

  private final Path folder;
  private final Properties properties = new Properties();

  ZooReference(Path folder) throws IOException {
    this.folder = folder;
    try (Reader in = Files.newBufferedReader(folder.resolve("reference.properties"))) {
      properties.load(in);
    }
  }

  /** A tensor frames × K × h × w and the gradient with respect to it. */
  record Map(double[] values, double[] gradient) {}

  Path model() {
    return folder.resolve("model.onnx");
  }

  String property(String name) {
    return properties.getProperty(name, "");
  }

  /** How far PyTorch's float64 gradient to a frame moves with a millionth of the image. */
  double sensitivity(int frame) {
    return Double.parseDouble(listed("sensitivity").get(frame));
  }

  /** How many decisions of a frame PyTorch takes otherwise in float32 than in float64. */
  long otherwise(int frame) {
    return numbers("otherwise")[frame];
  }

  /** The class of each frame. */
  long[] classes() {
    return numbers("classes");
  }

  float[] input() throws IOException {
    return floats("input.bin");
  }

  /** The logits that PyTorch itself computes in float32. */
  float[] logitsInFloat32() throws IOException {
    return floats("logits.float32.bin");
  }

  /** The gradient to the input that PyTorch itself computes in float32. */
  float[] gradientInFloat32() throws IOException {
    return floats("gradient.float32.bin");
  }

  private float[] floats(String file) throws IOException {
    ByteBuffer bytes = bytes(file);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  double[] logits() throws IOException {
    return doubles("logits.bin");
  }

  double[] gradient() throws IOException {
    return doubles("gradient.bin");
  }

  /**
   * The tensor of PyTorch's forward pass whose values are those of a layer, in whatever order of
   * its axes PyTorch held it.
   */
  Optional<Map> map(Layer layer, float[] activation) throws IOException {
    int count = Integer.parseInt(property("maps"));
    for (int i = count - 1; i >= 0; i--) {
      double[] values = doubles("map" + i + ".bin");
      double[] gradient = doubles("map" + i + ".gradient.bin");
      for (int[] strides : layouts(numbers("map" + i), layer)) {
        double[] turned = turned(values, strides, layer);
        if (error(activation, turned) < SAME) {
          return Optional.of(new Map(turned, turned(gradient, strides, layer)));
        }
      }
    }
    return Optional.empty();
  }

  /** Relative L2 distance. */
  static double error(float[] got, double[] expected) {
    return error(got, expected, 0, expected.length);
  }

  /** Relative L2 distance of one frame. */
  double error(float[] got, double[] expected, int frame) {
    int size = expected.length / classes().length;
    return error(got, expected, frame * size, (frame + 1) * size);
  }

  private static double error(float[] got, double[] expected, int from, int to) {
    if (got.length != expected.length) {
      return Double.POSITIVE_INFINITY;
    }
    double distance = 0;
    double size = 0;
    for (int i = from; i < to; i++) {
      distance += (got[i] - expected[i]) * (got[i] - expected[i]);
      size += expected[i] * expected[i];
    }
    return size == 0 ? Double.POSITIVE_INFINITY : Math.sqrt(distance / size);
  }

  /**
   * The ways in which a tensor may hold a layer's maps: offset, then strides of frame, channel, row
   * and column.
   */
  private static List<int[]> layouts(long[] shape, Layer layer) {
    int k = layer.channels();
    int h = layer.height();
    int w = layer.width();
    List<int[]> layouts = new ArrayList<>();
    if (Arrays.equals(Arrays.copyOfRange(shape, 1, shape.length), new long[] {k, h, w})) {
      layouts.add(new int[] {0, k * h * w, h * w, w, 1});
    }
    if (Arrays.equals(Arrays.copyOfRange(shape, 1, shape.length), new long[] {h, w, k})) {
      layouts.add(new int[] {0, k * h * w, 1, w * k, k});
    }
    if (shape.length == 3 && shape[2] == k && shape[1] >= (long) h * w) {
      int tokens = (int) shape[1];
      layouts.add(new int[] {(tokens - h * w) * k, tokens * k, 1, w * k, k});
    }
    return layouts;
  }

  private double[] turned(double[] values, int[] strides, Layer layer) {
    int frames = classes().length;
    double[] turned = new double[frames * layer.channels() * layer.height() * layer.width()];
    int to = 0;
    for (int f = 0; f < frames; f++) {
      for (int c = 0; c < layer.channels(); c++) {
        for (int y = 0; y < layer.height(); y++) {
          for (int x = 0; x < layer.width(); x++) {
            turned[to++] =
                values[
                    strides[0] + f * strides[1] + c * strides[2] + y * strides[3] + x * strides[4]];
          }
        }
      }
    }
    return turned;
  }

  private List<String> listed(String name) {
    return List.of(property(name).split(",", -1));
  }

  private long[] numbers(String name) {
    return listed(name).stream().mapToLong(Long::parseLong).toArray();
  }

  private double[] doubles(String file) throws IOException {
    ByteBuffer bytes = bytes(file);
    double[] values = new double[bytes.remaining() / Double.BYTES];
    bytes.asDoubleBuffer().get(values);
    return values;
  }

  private ByteBuffer bytes(String file) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(folder.resolve(file))).order(ByteOrder.LITTLE_ENDIAN);
  }
}
