package dev.sightline.server.engine;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.onnxruntime.OrtException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Locale;
import java.util.Map;

/**
 * A differentiated graph on ONNX Runtime, through DJL.
 *
 * <p>Frames and rows are padded to powers of two, so that the engine sees few shapes; each was run
 * once before {@link #open} returns.
 */
final class OnnxBackend implements Backend {

  private static final String ENGINE = "OnnxRuntime";

  private final Model model;
  private final PassShape shape;
  private final int maxBatch;
  private final String description;

  private OnnxBackend(Model model, PassShape shape, int maxBatch, String description) {
    this.model = model;
    this.shape = shape;
    this.maxBatch = maxBatch;
    this.description = description;
  }

  static OnnxBackend open(String name, byte[] onnx, PassShape shape, EngineSettings settings) {
    Engine.getEngine(ENGINE); // DJL must create ONNX Runtime's environment before anyone else does.
    Model model = Model.newInstance(name, ENGINE);
    try {
      Providers.Chosen chosen = Providers.choose(settings);
      model.load(new ByteArrayInputStream(onnx), Map.of("sessionOptions", chosen.options()));
      OnnxBackend backend =
          new OnnxBackend(
              model,
              shape,
              settings.maxBatch(),
              ENGINE + " on " + chosen.device().name().toLowerCase(Locale.ROOT));
      backend.warm();
      return backend;
    } catch (OrtException | MalformedModelException | IOException e) {
      model.close();
      throw new EngineException(
          "ONNX Runtime cannot load the graph of %s: %s".formatted(name, rootMessage(e)), e);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  @Override
  public PassShape shape() {
    return shape;
  }

  @Override
  public int maxBatch() {
    return maxBatch;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public PassResult run(Pass pass) {
    check(pass);
    int frames = padded(pass.frames());
    int rows = padded(Math.max(1, pass.rows()));
    try (NDManager manager = model.getNDManager().newSubManager()) {
      NDList inputs =
          new NDList(
              input(manager, "input", images(pass, frames), frames),
              indices(manager, "frame", pass.rowFrames(), rows, 0),
              indices(manager, "class", pass.rowClasses(), rows, -1));
      NDList outputs = model.getBlock().forward(new ParameterStore(manager, false), inputs, false);
      return new PassResult(
          shape,
          floats(outputs, "logits"),
          ints(outputs, "chosen"),
          floats(outputs, "activation"),
          floats(outputs, "gradient"));
    } catch (RuntimeException e) {
      throw new EngineException(
          "ONNX Runtime failed on %d frames, %d rows of %s: %s"
              .formatted(pass.frames(), pass.rows(), model.getName(), rootMessage(e)),
          e);
    }
  }

  @Override
  public void close() {
    model.close();
  }

  private void warm() {
    FloatBuffer images =
        ByteBuffer.allocateDirect(maxBatch * shape.imageSize() * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    for (int frames = 1; frames <= maxBatch; frames *= 2) {
      int[] rowFrames = new int[frames];
      int[] rowClasses = new int[frames];
      for (int i = 0; i < frames; i++) {
        rowFrames[i] = i;
        rowClasses[i] = -1;
      }
      run(new Pass(images, frames, rowFrames, rowClasses));
    }
  }

  private void check(Pass pass) {
    if (pass.frames() > maxBatch) {
      throw new IllegalArgumentException(
          "%d frames in a pass of at most %d".formatted(pass.frames(), maxBatch));
    }
    if (pass.images().capacity() < (long) padded(pass.frames()) * shape.imageSize()) {
      throw new IllegalArgumentException(
          "the image buffer holds %d floats, %d frames of %d are needed"
              .formatted(pass.images().capacity(), padded(pass.frames()), shape.imageSize()));
    }
    for (int i = 0; i < pass.rows(); i++) {
      int frame = pass.rowFrames()[i];
      int chosen = pass.rowClasses()[i];
      if (frame < 0 || frame >= pass.frames()) {
        throw new IllegalArgumentException("row %d names frame %d".formatted(i, frame));
      }
      if (chosen < -Pass.MAX_RANK || chosen >= shape.classes()) {
        throw new IllegalArgumentException("row %d names class %d".formatted(i, chosen));
      }
    }
  }

  private static int padded(int count) {
    return count == 1 ? 1 : Integer.highestOneBit(count - 1) << 1;
  }

  private FloatBuffer images(Pass pass, int frames) {
    return pass.images().duplicate().clear().slice(0, frames * shape.imageSize());
  }

  private NDArray input(NDManager manager, String name, FloatBuffer images, int frames) {
    Shape dims = new Shape(frames, shape.channels(), shape.height(), shape.width());
    return named(manager.create(images, dims, DataType.FLOAT32), name);
  }

  private static NDArray indices(
      NDManager manager, String name, int[] values, int length, long padding) {
    LongBuffer buffer =
        ByteBuffer.allocateDirect(length * Long.BYTES)
            .order(ByteOrder.nativeOrder())
            .asLongBuffer();
    for (int i = 0; i < length; i++) {
      buffer.put(i, i < values.length ? values[i] : padding);
    }
    return named(manager.create(buffer, new Shape(length), DataType.INT64), name);
  }

  private static NDArray named(NDArray array, String name) {
    array.setName(name);
    return array;
  }

  private static float[] floats(NDList outputs, String name) {
    FloatBuffer buffer = output(outputs, name).toByteBuffer().asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  private static int[] ints(NDList outputs, String name) {
    LongBuffer buffer = output(outputs, name).toByteBuffer().asLongBuffer();
    int[] values = new int[buffer.remaining()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (int) buffer.get(i);
    }
    return values;
  }

  private static NDArray output(NDList outputs, String name) {
    for (NDArray array : outputs) {
      if (name.equals(array.getName())) {
        return array;
      }
    }
    throw new IllegalStateException("the graph has no output " + name);
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }
}
