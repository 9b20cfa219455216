package dev.sightline.server.engine;

import static dev.sightline.server.graph.ExpansionNetwork.RECONSTRUCTION;
import static dev.sightline.server.graph.ExplainedGraph.ACTIVATION;
import static dev.sightline.server.graph.ExplainedGraph.CHOSEN;
import static dev.sightline.server.graph.ExplainedGraph.CLASS;
import static dev.sightline.server.graph.ExplainedGraph.FRAME;
import static dev.sightline.server.graph.ExplainedGraph.GRADIENT;
import static dev.sightline.server.graph.ExplainedGraph.INPUT;
import static dev.sightline.server.graph.ExplainedGraph.LOGITS;

import dev.sightline.server.graph.ExplainedGraph;
import dev.sightline.server.graph.InferenceGraph;
import java.nio.FloatBuffer;
import java.util.Locale;

/**
 * A graph on ONNX Runtime, differentiated or for inference alone.
 *
 * <p>Frames and rows are padded to powers of two, so that the engine sees few shapes; each number
 * of frames, with one row a frame, was run once before it is open.
 */
final class OnnxBackend implements Backend {

  private final OnnxSession session;
  private final PassShape shape;
  private final boolean activations;
  private final boolean reconstructions;
  private final int maxBatch;
  private final boolean needsARow;

  private OnnxBackend(
      OnnxSession session,
      PassShape shape,
      boolean activations,
      boolean reconstructions,
      int maxBatch) {
    this.session = session;
    this.shape = shape;
    this.activations = activations;
    this.reconstructions = reconstructions;
    this.maxBatch = maxBatch;
    try {
      warm();
      needsARow = shape.gridSize() > 0 && !runsWithoutRows();
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  static OnnxBackend open(ExplainedGraph graph, String name, EngineSettings settings) {
    return new OnnxBackend(
        OnnxSession.open(name, graph.model(), settings),
        OnnxRuntime.shape(graph),
        !graph.atInput(),
        graph.expanded(),
        settings.maxBatch());
  }

  static OnnxBackend open(InferenceGraph graph, String name, EngineSettings settings) {
    return new OnnxBackend(
        OnnxSession.open(name, graph.model(), settings),
        PassShape.ofInference(graph.channels(), graph.height(), graph.width(), graph.classes()),
        false,
        false,
        settings.maxBatch());
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
    return run(pass, padded(pass.rows() == 0 && needsARow ? 1 : pass.rows()));
  }

  private PassResult run(Pass pass, int rows) {
    int frames = padded(pass.frames());
    PassChecks.check(pass, shape, maxBatch, frames);
    try (OnnxSession.Run run = session.new Run()) {
      run.input(INPUT, pass.images(), frames, shape.channels(), shape.height(), shape.width());
      if (shape.gridSize() == 0) {
        return PassResult.ofInference(shape, run.outputs().floats(LOGITS));
      }
      OnnxSession.Outputs outputs =
          run.input(FRAME, pass.rowFrames(), rows, 0)
              .input(CLASS, pass.rowClasses(), rows, -1)
              .outputs();
      return new PassResult(
          shape,
          outputs.floats(LOGITS),
          outputs.ints(CHOSEN),
          activations ? outputs.floats(ACTIVATION) : new float[0],
          outputs.floats(GRADIENT),
          reconstructions ? reconstructed(outputs, frames) : new float[0]);
    }
  }

  /** An expansion network of which not every row is a frame's would be found out here. */
  private float[] reconstructed(OnnxSession.Outputs outputs, int frames) {
    float[] images = outputs.floats(RECONSTRUCTION);
    if (images.length != frames * shape.imageSize()) {
      throw new EngineException(
          "the expansion network of %s gave %d numbers for %d frames of %d"
              .formatted(session.name(), images.length, frames, shape.imageSize()));
    }
    return images;
  }

  @Override
  public void close() {
    session.close();
  }

  private void warm() {
    FloatBuffer images = Pass.buffer(maxBatch, shape.imageSize());
    for (int frames = 1; frames <= maxBatch; frames *= 2) {
      Pass pass =
          shape.gridSize() == 0
              ? Pass.ofLogits(images, frames)
              : Pass.ofMostProbable(images, frames);
      run(pass, padded(pass.rows()));
    }
  }

  /**
   * A backward pass of no rows costs next to nothing where it can be had. ONNX Runtime's matrix
   * product does not repeat a matrix no times, its blocked convolutions do not always begin with no
   * images, and TensorRT would compile another engine for it: then there is one row.
   */
  private boolean runsWithoutRows() {
    if (session.device() == EngineSettings.Device.TENSORRT) {
      return false;
    }
    try {
      run(Pass.ofLogits(Pass.buffer(1, shape.imageSize()), 1), 0);
      return true;
    } catch (EngineException e) {
      return false;
    }
  }

  /** The power of two that a number of frames or rows is filled up to. */
  static int padded(int count) {
    return count <= 1 ? count : Integer.highestOneBit(count - 1) << 1;
  }
}
