package dev.sightline.server.engine;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.sightline.server.graph.Decoder;
import dev.sightline.server.graph.DecoderConvolution;
import dev.sightline.server.graph.DecoderStage;
import dev.sightline.server.graph.DecoderUpsampling;
import dev.sightline.server.graph.ImageInput;
import dev.sightline.server.graph.Layer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A decoder in PyTorch, which differentiates it by autograd. It keeps no parameters: they are given
 * with each run, and a run leaves nothing behind but its answer. Not thread-safe.
 */
public final class TorchDecoder implements AutoCloseable {
  private static final Shape ONE = new Shape(1, 1);

  private final Decoder decoder;
  private final int maxBatch;
  private final NDManager manager;
  private final ByteBuffer parameters;
  private final ByteBuffer answer;
  private final List<ByteBuffer> skips = new ArrayList<>();

  /** The matrices of each stage: of the columns, then of the rows. */
  private final List<NDArray[]> upsampling = new ArrayList<>();

  /**
   * Makes ready to run a decoder on the device of the settings.
   *
   * @throws dev.sightline.server.engine.EngineException if there is no PyTorch, or if the tensors
   *     of the settings' largest batch are too large for it
   */
  public TorchDecoder(Decoder decoder, EngineSettings settings) {
    this.decoder = decoder;
    this.maxBatch = settings.maxBatch();
    decoder.skips().forEach(layer -> skips.add(floats(maxBatch, size(layer))));
    parameters = floats(1, decoder.parameters());
    answer = floats(maxBatch, imageSize());
    manager = NDManager.newBaseManager(TorchEnvironment.start(settings), TorchEnvironment.ENGINE);
    DecoderStage below = null;
    for (DecoderStage stage : decoder.stages()) {
      upsampling.add(below == null ? new NDArray[0] : matrices(below, stage));
      below = stage;
    }
  }

  private NDArray[] matrices(DecoderStage from, DecoderStage to) {
    return new NDArray[] {
      manager.create(
          DecoderUpsampling.columns(from.width(), to.width()), new Shape(from.width(), to.width())),
      manager.create(
          DecoderUpsampling.rows(from.height(), to.height()), new Shape(to.height(), from.height()))
    };
  }

  private static ByteBuffer floats(int arrays, int size) {
    long bytes = (long) arrays * size * Float.BYTES;
    if (bytes > Integer.MAX_VALUE) {
      throw new dev.sightline.server.engine.EngineException(
          "%d arrays of %d numbers have more than 2 GiB; choose a smaller batch"
              .formatted(arrays, size));
    }
    return ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder());
  }

  private static int size(Layer layer) {
    return layer.channels() * layer.height() * layer.width();
  }

  private int imageSize() {
    ImageInput image = decoder.image();
    return image.channels() * image.height() * image.width();
  }

  /** The decoder. */
  public Decoder decoder() {
    return decoder;
  }

  /** True if it runs on a GPU. */
  public boolean onGpu() {
    return manager.getDevice().isGpu();
  }

  /**
   * Rebuilds images.
   *
   * @param weights the decoder's parameters
   * @param features for each of the decoder's tensors images × K × h × w floats, or more
   * @param images how many, 1 to the largest batch of the settings
   * @return images × C × H × W
   * @throws dev.sightline.server.engine.EngineException if PyTorch fails
   */
  public float[] reconstruct(float[] weights, List<float[]> features, int images) {
    try (Run run = new Run(weights, features, images)) {
      return run.reconstruct(false).toFloatArray();
    } catch (EngineException e) {
      throw failure("run", e);
    }
  }

  /**
   * The gradient of a loss with respect to the parameters.
   *
   * @param slope gives the gradient of the loss with respect to the reconstruction, from the
   *     reconstruction; both images × C × H × W
   * @return one value a parameter
   * @throws dev.sightline.server.engine.EngineException if PyTorch fails
   */
  public float[] gradient(
      float[] weights, List<float[]> features, int images, UnaryOperator<float[]> slope) {
    try (Run run = new Run(weights, features, images)) {
      NDArray reconstruction = run.reconstruct(true);
      float[] seed = slope.apply(reconstruction.toFloatArray());
      return run.gradient(reconstruction, seed);
    } catch (EngineException e) {
      throw failure("differentiate", e);
    }
  }

  private static dev.sightline.server.engine.EngineException failure(
      String what, EngineException cause) {
    return new dev.sightline.server.engine.EngineException(
        "PyTorch cannot %s the decoder: %s"
            .formatted(what, dev.sightline.server.engine.EngineException.rootMessage(cause)),
        cause);
  }

  @Override
  public void close() {
    manager.close();
  }

  private record Leaf(int offset, NDArray array) {}

  /** One run, whose arrays are freed with it. */
  private final class Run implements AutoCloseable {
    private final NDManager scope = manager.newSubManager();
    private final boolean gradientMode = JniUtils.isGradMode();
    private final List<float[]> features;
    private final int images;
    private final List<Leaf> leaves = new ArrayList<>();

    Run(float[] weights, List<float[]> features, int images) {
      if (weights.length != decoder.parameters()
          || features.size() != decoder.skips().size()
          || images < 1
          || images > maxBatch) {
        scope.close();
        throw new IllegalArgumentException(
            "%d parameters, %d tensors, %d images"
                .formatted(weights.length, features.size(), images));
      }
      this.features = features;
      this.images = images;
      parameters.asFloatBuffer().put(weights);
    }

    NDArray reconstruct(boolean differentiably) {
      JniUtils.setGradMode(differentiably);
      try {
        NDArray maps = null;
        int taken = 0;
        for (int i = 0; i < decoder.stages().size(); i++) {
          DecoderStage stage = decoder.stages().get(i);
          NDArray feature = stage.layer() == null ? null : feature(taken++);
          maps = stage(stage, upsampling.get(i), maps, feature, differentiably);
        }
        if (maps == null) {
          throw new IllegalStateException("a decoder without stages");
        }
        return convolution(decoder.last(), maps, differentiably);
      } finally {
        JniUtils.setGradMode(gradientMode);
      }
    }

    private NDArray feature(int index) {
      Layer layer = decoder.skips().get(index);
      int count = images * size(layer);
      ByteBuffer buffer = skips.get(index);
      buffer.asFloatBuffer().put(features.get(index), 0, count);
      return array(buffer, 0, new Shape(images, layer.channels(), layer.height(), layer.width()));
    }

    private NDArray stage(
        DecoderStage stage,
        NDArray[] matrices,
        @Nullable NDArray below,
        @Nullable NDArray feature,
        boolean differentiably) {
      NDArray joined = null;
      if (stage.up() != null && below != null) {
        NDArray wide = convolution(stage.up(), below, differentiably).matMul(matrices[0]);
        joined = matrices[1].matMul(wide);
        // It would be freed with the matrix only.
        joined.attach(scope);
      }
      if (stage.skip() != null && feature != null) {
        NDArray skip = convolution(stage.skip(), feature, differentiably);
        joined = joined == null ? skip : joined.add(skip);
      }
      if (joined == null) {
        throw new IllegalStateException("a stage that takes nothing");
      }
      return Activation.relu(convolution(stage.mix(), Activation.relu(joined), differentiably));
    }

    private NDArray convolution(DecoderConvolution of, NDArray in, boolean differentiably) {
      Shape shape = new Shape(of.out(), of.in(), of.kernel(), of.kernel());
      NDArray weight = parameter(of.offset(), shape, differentiably);
      NDArray bias = parameter(of.biases(), new Shape(of.out()), differentiably);
      Shape padding = new Shape(of.kernel() / 2, of.kernel() / 2);
      return Conv2d.conv2d(in, weight, bias, ONE, padding, ONE).singletonOrThrow();
    }

    private NDArray parameter(int offset, Shape shape, boolean differentiably) {
      NDArray array = array(parameters, offset, shape);
      if (differentiably) {
        array.setRequiresGradient(true);
        leaves.add(new Leaf(offset, array));
      }
      return array;
    }

    private NDArray array(ByteBuffer values, int offset, Shape shape) {
      ByteBuffer slice =
          values
              .duplicate()
              .clear()
              .slice(offset * Float.BYTES, Math.toIntExact(shape.size() * Float.BYTES))
              .order(values.order());
      return scope.create(slice, shape, DataType.FLOAT32);
    }

    float[] gradient(NDArray reconstruction, float[] seed) {
      answer.asFloatBuffer().put(seed);
      NDArray slope = array(answer, 0, reconstruction.getShape());
      // DJL's own collector of gradients is a lock for the whole process.
      JniUtils.backward((PtNDArray) reconstruction, (PtNDArray) slope, false, false);
      float[] gradient = new float[decoder.parameters()];
      for (Leaf leaf : leaves) {
        float[] values = leaf.array().getGradient().toFloatArray();
        System.arraycopy(values, 0, gradient, leaf.offset(), values.length);
      }
      return gradient;
    }

    @Override
    public void close() {
      JniUtils.setGradMode(gradientMode);
      scope.close();
    }
  }
}
