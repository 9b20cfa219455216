package dev.sightline.server.engine;

import ai.djl.ndarray.NDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.IntStream;

/**
 * A TorchScript module on PyTorch, differentiated by the autograd of its head alone.
 *
 * <p>Frames go through {@code features} once; each row takes its frame's maps and goes through
 * {@code head} and back.
 */
public final class TorchBackend implements Backend {

  private final TorchModule module;
  private final PassShape shape;
  private final int maxBatch;
  private final boolean poolingAndLinear;

  /** Direct memory that PyTorch reads images from; one for each pass that was ever under way. */
  private final Deque<ByteBuffer> inputs = new ConcurrentLinkedDeque<>();

  private TorchBackend(
      TorchModule module, PassShape shape, int maxBatch, boolean poolingAndLinear) {
    this.module = module;
    this.shape = shape;
    this.maxBatch = maxBatch;
    this.poolingAndLinear = poolingAndLinear;
  }

  static TorchBackend open(TorchFile file, String name, EngineSettings settings) {
    TorchModule module = TorchModule.open(name, file, settings);
    try {
      TorchProbe probe = new TorchProbe(module, file);
      PassShape shape = probe.shape();
      probe.requireSteadiness(shape);
      TorchBackend backend =
          new TorchBackend(module, shape, settings.maxBatch(), probe.poolingAndLinear(shape));
      backend.warm();
      return backend;
    } catch (RuntimeException e) {
      module.close();
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
    return "PyTorch on " + (module.onGpu() ? "cuda" : "cpu");
  }

  /**
   * True if the head is global average pooling and one linear layer, as CAM needs. The file does
   * not tell, so this was measured: the gradient of such a head, and of no other, is the same at
   * every position of every activation.
   */
  public boolean poolingAndLinear() {
    return poolingAndLinear;
  }

  @Override
  public PassResult run(Pass pass) {
    PassChecks.check(pass, shape, maxBatch, pass.frames());
    ByteBuffer input = borrow();
    try (TorchModule.Run run = module.new Run()) {
      FloatBuffer images = pass.images().duplicate().clear();
      input.asFloatBuffer().put(images.limit(pass.frames() * shape.imageSize()));
      return run(run, pass, input);
    } finally {
      inputs.push(input);
    }
  }

  private PassResult run(TorchModule.Run run, Pass pass, ByteBuffer input) {
    NDArray images =
        run.array(input, pass.frames(), shape.channels(), shape.height(), shape.width());
    NDArray maps = run.features(images);
    float[] activations = maps.toFloatArray();
    if (pass.rows() == 0) {
      float[] logits = run.head(maps).toFloatArray();
      return new PassResult(shape, logits, new int[0], activations, new float[0]);
    }
    boolean rowPerFrame =
        Arrays.equals(pass.rowFrames(), IntStream.range(0, pass.frames()).toArray());
    NDArray leaf = run.leaf(rowPerFrame ? maps : run.rows(maps, pass.rowFrames()));
    NDArray rowLogits = run.differentiableHead(leaf);
    float[] logits = (rowPerFrame ? rowLogits : run.head(maps)).toFloatArray();
    int[] chosen = RowClasses.of(pass, logits, shape.classes());
    NDArray gradient = run.gradient(rowLogits, run.oneHot(chosen, shape.classes()), leaf);
    return new PassResult(shape, logits, chosen, activations, gradient.toFloatArray());
  }

  @Override
  public void close() {
    module.close();
  }

  /** Twice each: PyTorch watches the first run of a method and rewrites it in the second. */
  private void warm() {
    FloatBuffer images = Pass.buffer(maxBatch, shape.imageSize());
    for (int frames : new int[] {1, maxBatch}) {
      Pass pass = Pass.ofMostProbable(images, frames);
      run(pass);
      run(pass);
    }
  }

  private ByteBuffer borrow() {
    ByteBuffer known = inputs.poll();
    return known != null
        ? known
        : ByteBuffer.allocateDirect(maxBatch * shape.imageSize() * Float.BYTES)
            .order(ByteOrder.nativeOrder());
  }
}
