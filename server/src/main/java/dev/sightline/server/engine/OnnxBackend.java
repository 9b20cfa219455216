package dev.sightline.server.engine;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.nio.FloatBuffer;
import java.util.Locale;

/**
 * A differentiated graph on ONNX Runtime.
 *
 * <p>Frames and rows are padded to powers of two, so that the engine sees few shapes; each number
 * of frames, with one row a frame, was run once before {@link #open} returns.
 */
final class OnnxBackend implements Backend {

  private final OnnxSession session;
  private final PassShape shape;
  private final int maxBatch;

  private OnnxBackend(OnnxSession session, PassShape shape, int maxBatch) {
    this.session = session;
    this.shape = shape;
    this.maxBatch = maxBatch;
  }

  static OnnxBackend open(String name, ModelProto graph, PassShape shape, EngineSettings settings) {
    OnnxSession session = OnnxSession.open(name, graph, settings);
    try {
      OnnxBackend backend = new OnnxBackend(session, shape, settings.maxBatch());
      backend.warm();
      return backend;
    } catch (RuntimeException e) {
      session.close();
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
    return "OnnxRuntime on " + session.device().name().toLowerCase(Locale.ROOT);
  }

  @Override
  public PassResult run(Pass pass) {
    int frames = padded(pass.frames());
    PassChecks.check(pass, shape, maxBatch, frames);
    int rows = padded(Math.max(1, pass.rows()));
    try (OnnxSession.Run run = session.new Run()) {
      OnnxSession.Outputs outputs =
          run.input("input", pass.images(), frames, shape.channels(), shape.height(), shape.width())
              .input("frame", pass.rowFrames(), rows, 0)
              .input("class", pass.rowClasses(), rows, -1)
              .outputs();
      return new PassResult(
          shape,
          outputs.floats("logits"),
          outputs.ints("chosen"),
          outputs.floats("activation"),
          outputs.floats("gradient"));
    }
  }

  @Override
  public void close() {
    session.close();
  }

  private void warm() {
    FloatBuffer images = Pass.buffer(maxBatch, shape.imageSize());
    for (int frames = 1; frames <= maxBatch; frames *= 2) {
      run(Pass.ofMostProbable(images, frames));
    }
  }

  private static int padded(int count) {
    return count == 1 ? 1 : Integer.highestOneBit(count - 1) << 1;
  }
}
