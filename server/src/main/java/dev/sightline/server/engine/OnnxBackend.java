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
 * <p>On a GPU frames and rows are padded to powers of two, so that the engine sees few shapes; the
 * CPU takes any number, and padding would cost it as much as frames. Each power of two, with one
 * row a frame, was run once before it is open.
 */
final class OnnxBackend implements Backend {
  private static final float[] NONE = {};

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
  public PassResult run(Pass pass, PassBuffers buffers) {
    return run(pass, filled(pass.rows() == 0 && needsARow ? 1 : pass.rows()), buffers);
  }

  private PassResult run(Pass pass, int rows, PassBuffers buffers) {
    int frames = filled(pass.frames());
    PassChecks.check(pass, shape, maxBatch, frames);
    try (OnnxRun run = session.run(buffers)) {
      run.input(INPUT, pass.images(), frames, shape.channels(), shape.height(), shape.width())
          .output(LOGITS, frames, shape.classes());
      if (shape.gridSize() == 0) {
        return PassResult.ofInference(shape, run.compute().floats(LOGITS));
      }
      run.input(FRAME, pass.rowFrames(), rows, 0).input(CLASS, pass.rowClasses(), rows, -1);
      if (activations) {
        grids(run, ACTIVATION, frames);
      }
      if (rows > 0) {
        grids(run, GRADIENT, rows).integers(CHOSEN, rows);
      }
      if (reconstructions) {
        // An expansion network of which not every row is a frame's is found out by this shape.
        run.output(RECONSTRUCTION, frames, shape.channels(), shape.height(), shape.width());
      }
      run.compute();
      return new PassResult(
          shape,
          run.floats(LOGITS),
          rows > 0 ? run.integers(CHOSEN) : new int[0],
          activations ? run.floats(ACTIVATION) : NONE,
          rows > 0 ? run.floats(GRADIENT) : NONE,
          reconstructions ? run.floats(RECONSTRUCTION) : NONE);
    }
  }

  private OnnxRun grids(OnnxRun run, String name, int count) {
    return run.output(name, count, shape.gridChannels(), shape.gridHeight(), shape.gridWidth());
  }

  @Override
  public void close() {
    session.close();
  }

  private void warm() {
    FloatBuffer images = Pass.buffer(maxBatch, shape.imageSize());
    PassBuffers buffers = new PassBuffers();
    for (int frames = 1; frames <= maxBatch; frames *= 2) {
      Pass pass =
          shape.gridSize() == 0
              ? Pass.ofLogits(images, frames)
              : Pass.ofMostProbable(images, frames);
      run(pass, pass.rows(), buffers);
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
      run(Pass.ofLogits(Pass.buffer(1, shape.imageSize()), 1), 0, new PassBuffers());
      return true;
    } catch (EngineException e) {
      return false;
    }
  }

  private int filled(int count) {
    return session.device() == EngineSettings.Device.CPU ? count : padded(count);
  }

  /** The power of two that a number of frames or rows is filled up to. */
  static int padded(int count) {
    return count <= 1 ? count : Integer.highestOneBit(count - 1) << 1;
  }
}
