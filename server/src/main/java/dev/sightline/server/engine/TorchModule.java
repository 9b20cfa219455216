package dev.sightline.server.engine;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * One module loaded into PyTorch through DJL, in evaluation mode, its weights frozen. Thread-safe;
 * a run computes on the calling thread. It may have several holders, each of whom closes it once.
 */
final class TorchModule implements AutoCloseable {

  /** DJL runs the method that an array of such a name among the inputs names. */
  private static final String METHOD = "module_method:";

  private final String name;
  private final Model model;
  private final PtSymbolBlock block;
  private final NDArray features;
  private final NDArray head;
  private final NDArray zero;
  private final AtomicInteger holders = new AtomicInteger(1);

  private TorchModule(String name, Model model) {
    this.name = name;
    this.model = model;
    block = (PtSymbolBlock) model.getBlock();
    features = method(model.getNDManager(), "features");
    head = method(model.getNDManager(), "head");
    zero = model.getNDManager().create(0f);
  }

  /** Loads a module; {@link EngineException} if there is no PyTorch or it refuses the file. */
  static TorchModule open(String name, TorchFile file, EngineSettings settings) {
    Device device = TorchEnvironment.start(settings);
    Model model = Model.newInstance(name, device, TorchEnvironment.ENGINE);
    try {
      // Weights that are loaded as constants of inference mode could not be differentiated through.
      model.load(
          file.path().toAbsolutePath(), null, Map.of("trainParam", "true", "mapLocation", "true"));
      TorchModule module = new TorchModule(name, model);
      module.block.freezeParameters(true);
      JniUtils.enableInferenceMode(module.block);
      return module;
    } catch (IOException | MalformedModelException | ai.djl.engine.EngineException e) {
      model.close();
      throw new EngineException(
          "PyTorch cannot load %s of %s: %s".formatted(file.path(), name, reason(e)), e);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static NDArray method(NDManager manager, String name) {
    NDArray array = manager.create(0);
    array.setName(METHOD + name);
    return array;
  }

  String name() {
    return name;
  }

  /** True if it runs on a GPU. */
  boolean onGpu() {
    return model.getNDManager().getDevice().isGpu();
  }

  /**
   * A run on the calling thread. What it makes is freed when it is closed, and the thread's
   * gradient mode is what it was before.
   */
  final class Run implements AutoCloseable {
    private final NDManager manager = model.getNDManager().newSubManager();
    private final boolean gradientMode = JniUtils.isGradMode();

    Run() {
      JniUtils.setGradMode(false);
    }

    /** Floats of a direct buffer, from index 0; they must stay as they are during the run. */
    NDArray array(ByteBuffer values, long... dims) {
      Shape shape = new Shape(dims);
      ByteBuffer exact =
          values
              .duplicate()
              .clear()
              .slice(0, Math.toIntExact(shape.size() * Float.BYTES))
              .order(values.order());
      return manager.create(exact, shape, DataType.FLOAT32);
    }

    /** Floats. */
    NDArray array(float[] values, long... dims) {
      return manager.create(values, new Shape(dims));
    }

    /** For each row its frame's values. */
    NDArray rows(NDArray values, int[] frames) {
      return values.get(manager.create(Arrays.stream(frames).asLongStream().toArray()));
    }

    /** R×classes: for each row one at its class, else zero. */
    NDArray oneHot(int[] chosen, int classes) {
      float[] values = new float[chosen.length * classes];
      for (int i = 0; i < chosen.length; i++) {
        values[i * classes + chosen[i]] = 1;
      }
      return array(values, chosen.length, classes);
    }

    /** The maps of images. */
    NDArray features(NDArray images) {
      return call(features, images);
    }

    /** The logits of maps, which stay as they are. */
    NDArray head(NDArray maps) {
      return call(head, copy(maps));
    }

    /** What a method may begin to change in place. */
    NDArray copy(NDArray values) {
      // DJL's duplicate() is not differentiable, and of a Java number among the operands it frees
      // the memory before the way back has read it.
      return values.add(zero);
    }

    /** Values to differentiate with respect to. */
    NDArray leaf(NDArray maps) {
      maps.setRequiresGradient(true);
      return maps;
    }

    /** What is computed from a leaf, remembering how to differentiate. */
    NDArray differentiable(UnaryOperator<NDArray> function, NDArray leaf) {
      JniUtils.setGradMode(true);
      try {
        return function.apply(leaf);
      } finally {
        JniUtils.setGradMode(false);
      }
    }

    /** The gradient of the sum of seed · logits with respect to the leaf they were made from. */
    NDArray gradient(NDArray logits, NDArray seed, NDArray leaf) {
      try {
        // DJL's own collector of gradients is a lock for the whole process.
        JniUtils.backward((PtNDArray) logits, (PtNDArray) seed, false, false);
        return leaf.getGradient();
      } catch (RuntimeException e) {
        throw failed("the gradient", e);
      }
    }

    private NDArray call(NDArray method, NDArray input) {
      try {
        // "Training" only means that DJL does not forbid gradients here: what the thread's gradient
        // mode says goes, and the module stays in evaluation mode.
        NDList outputs = IValueUtils.forward(block, new NDList(input, method), true);
        if (outputs.size() != 1) {
          throw new EngineException(
              "method %s of %s gives %d tensors, one is needed"
                  .formatted(methodName(method), name, outputs.size()));
        }
        return outputs.head();
      } catch (ai.djl.engine.EngineException | UnsupportedOperationException e) {
        // The latter is DJL's word for a result that is no tensor.
        throw failed("method " + methodName(method), e);
      }
    }

    private EngineException failed(String what, RuntimeException e) {
      return new EngineException(
          "PyTorch failed on %s of %s: %s".formatted(what, name, reason(e)), e);
    }

    /** Frees all arrays. */
    @Override
    public void close() {
      JniUtils.setGradMode(gradientMode);
      manager.close();
    }
  }

  /**
   * The same for another holder.
   *
   * @throws IllegalStateException if nobody holds it any more
   */
  TorchModule held() {
    if (holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
      throw new IllegalStateException(name + " is closed");
    }
    return this;
  }

  /** Frees the module if this is its last holder. */
  @Override
  public void close() {
    if (holders.decrementAndGet() == 0) {
      model.close();
    }
  }

  private static String methodName(NDArray method) {
    return method.getName().substring(METHOD.length());
  }

  /**
   * What PyTorch says was wrong: the first line, or the last where the first is but the head of a
   * stack trace of the module's code.
   */
  private static String reason(Throwable e) {
    List<String> lines =
        EngineException.rootMessage(e).lines().filter(line -> !line.isBlank()).toList();
    if (lines.isEmpty()) {
      return "no reason given";
    }
    boolean trace = lines.get(0).endsWith("in the TorchScript interpreter.");
    return lines.get(trace ? lines.size() - 1 : 0);
  }
}
