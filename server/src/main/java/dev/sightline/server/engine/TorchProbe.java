package dev.sightline.server.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/** What can be learnt of a module only by running it. */
final class TorchProbe {

  /** What is a difference and not rounding, beside the largest of the values compared. */
  private static final float TOLERANCE = 1e-3f;

  private final TorchModule module;
  private final TorchFile file;
  private final Random random = new Random(1);

  TorchProbe(TorchModule module, TorchFile file) {
    this.module = module;
    this.file = file;
  }

  /** The shapes, from a run of an image of zeros. */
  PassShape shape() {
    try (TorchModule.Run run = module.new Run()) {
      NDArray maps = run.features(images(run, new float[imageSize()]));
      Shape grid = requireFloats("features", maps, 4);
      Shape logits = requireFloats("head", run.head(maps), 2);
      return new PassShape(
          file.channels(),
          file.height(),
          file.width(),
          Math.toIntExact(logits.get(1)),
          Math.toIntExact(grid.get(1)),
          Math.toIntExact(grid.get(2)),
          Math.toIntExact(grid.get(3)));
    }
  }

  private Shape requireFloats(String method, NDArray array, int dimensions) {
    Shape shape = array.getShape();
    if (array.getDataType() != DataType.FLOAT32
        || shape.dimension() != dimensions
        || shape.get(0) != 1
        || shape.size() == 0) {
      throw new EngineException(
          "method %s of %s gives %s of shape %s for one image of %d x %d x %d; float32 of shape %s is needed"
              .formatted(
                  method,
                  module.name(),
                  array.getDataType(),
                  shape,
                  file.channels(),
                  file.height(),
                  file.width(),
                  dimensions == 4 ? "1 x maps x rows x columns" : "1 x classes"));
    }
    return shape;
  }

  /**
   * Two frames in one run must have the answers that they have alone, and have them again: dropout
   * and batch statistics that were traced in training mode are part of the code, and no mode
   * switches them off.
   */
  void requireSteadiness(PassShape shape) {
    float[] pair = noise(2 * shape.imageSize(), 1);
    float[] first = Arrays.copyOf(pair, shape.imageSize());
    float[] together = logits(pair);
    float[] again = logits(pair);
    float[] alone = logits(first);
    if (differ(together, again) || differ(Arrays.copyOf(together, shape.classes()), alone)) {
      throw new EngineException(
          "%s gives a frame other logits from run to run or beside another frame: it was exported in"
                  .formatted(module.name())
              + " training mode, with dropout or batch statistics in it; call eval() before tracing"
              + " it");
    }
  }

  /** True if the gradient of logits is one and the same everywhere, whatever the activation. */
  boolean poolingAndLinear(PassShape shape) {
    float[] scales = {0.01f, 1, 100, 1};
    float[] maps = new float[scales.length * shape.gridSize()];
    for (int i = 0; i < scales.length; i++) {
      float[] some = noise(shape.gridSize(), scales[i]);
      System.arraycopy(some, 0, maps, i * shape.gridSize(), some.length);
    }
    return IntStream.of(0, shape.classes() / 2, shape.classes() - 1)
        .distinct()
        .allMatch(c -> evenGradient(maps, scales.length, c, shape));
  }

  private boolean evenGradient(float[] maps, int rows, int chosen, PassShape shape) {
    int[] classes = new int[rows];
    Arrays.fill(classes, chosen);
    try (TorchModule.Run run = module.new Run()) {
      NDArray leaf =
          run.leaf(
              run.array(maps, rows, shape.gridChannels(), shape.gridHeight(), shape.gridWidth()));
      NDArray logits = run.differentiable(run::head, leaf);
      float[] gradient =
          run.gradient(logits, run.oneHot(classes, shape.classes()), leaf).toFloatArray();
      int cells = shape.gridHeight() * shape.gridWidth();
      float[] expected = new float[gradient.length];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = gradient[i % shape.gridSize() / cells * cells];
      }
      return !differ(gradient, expected);
    }
  }

  private float[] logits(float[] images) {
    try (TorchModule.Run run = module.new Run()) {
      return run.head(run.features(images(run, images))).toFloatArray();
    }
  }

  private NDArray images(TorchModule.Run run, float[] values) {
    return run.array(
        values, values.length / imageSize(), file.channels(), file.height(), file.width());
  }

  private int imageSize() {
    return file.channels() * file.height() * file.width();
  }

  private float[] noise(int count, float scale) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * scale;
    }
    return values;
  }

  private static boolean differ(float[] values, float[] others) {
    float largest = 0;
    float difference = 0;
    for (int i = 0; i < values.length; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
      difference = Math.max(difference, Math.abs(values[i] - others[i]));
    }
    return difference > TOLERANCE * largest;
  }
}
