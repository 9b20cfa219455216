package dev.sightline.server.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicBoolean;

/** A loaded module run in one way. It holds the module until it is closed. */
final class TorchRuns implements Backend {

  private final TorchModule module;
  private final PassShape shape;
  private final int maxBatch;
  private final TorchPasses.Way way;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Direct memory that PyTorch reads images from; one for each pass that was ever under way. */
  private final Deque<ByteBuffer> inputs = new ConcurrentLinkedDeque<>();

  private TorchRuns(TorchModule module, PassShape shape, int maxBatch, TorchPasses.Way way) {
    this.module = module;
    this.shape = shape;
    this.maxBatch = maxBatch;
    this.way = way;
  }

  /** Runs each method that this way takes before the first pass, and closes itself on failure. */
  static TorchRuns open(TorchModule module, PassShape shape, int maxBatch, TorchPasses.Way way) {
    TorchRuns runs = new TorchRuns(module.held(), shape, maxBatch, way);
    try {
      runs.warm();
      return runs;
    } catch (RuntimeException e) {
      runs.close();
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

  @Override
  public PassResult run(Pass pass, PassBuffers buffers) {
    PassChecks.check(pass, shape, maxBatch, pass.frames());
    ByteBuffer input = borrow();
    try (TorchModule.Run run = module.new Run()) {
      FloatBuffer images = pass.images().duplicate().clear();
      input.asFloatBuffer().put(images.limit(pass.frames() * shape.imageSize()));
      return way.run(
          run,
          pass,
          run.array(input, pass.frames(), shape.channels(), shape.height(), shape.width()),
          shape);
    } finally {
      inputs.push(input);
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      module.close();
    }
  }

  /** Twice each: PyTorch watches the first run of a method and rewrites it in the second. */
  private void warm() {
    FloatBuffer images = Pass.buffer(maxBatch, shape.imageSize());
    for (int frames : new int[] {1, maxBatch}) {
      Pass pass =
          shape.gridSize() == 0
              ? Pass.ofLogits(images, frames)
              : Pass.ofMostProbable(images, frames);
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
