package dev.sightline.server.engine;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.nio.FloatBuffer;

/**
 * A network as it is, without gradients, run in the same way as a {@link Backend}: what an
 * explanation is measured against. Thread-safe.
 */
public final class PlainInference implements AutoCloseable {

  private final OnnxSession session;
  private final String inputName;
  private final PassShape shape;

  private PlainInference(OnnxSession session, String inputName, PassShape shape) {
    this.session = session;
    this.inputName = inputName;
    this.shape = shape;
  }

  /**
   * Loads an ONNX model whose one input is N×C×H×W.
   *
   * @throws EngineException if ONNX Runtime refuses it
   */
  public static PlainInference open(
      String name, ModelProto model, String inputName, PassShape shape, EngineSettings settings) {
    return new PlainInference(OnnxSession.open(name, model, settings), inputName, shape);
  }

  /**
   * Runs the network.
   *
   * @param images a direct buffer of N×C×H×W floats, read from index 0
   * @param frames N
   * @return the first output, flat
   */
  public float[] run(FloatBuffer images, int frames) {
    try (OnnxSession.Run run = session.new Run()) {
      return run.input(inputName, images, frames, shape.channels(), shape.height(), shape.width())
          .outputs()
          .first();
    }
  }

  @Override
  public void close() {
    session.close();
  }
}
