package dev.sightline.server.graph;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Map;

/** Runs an explained graph in ONNX Runtime. */
final class ExplainedRun implements AutoCloseable {
  private final OrtEnvironment environment = OnnxRuntime.environment();
  private final OrtSession session;
  private final ExplainedGraph graph;

  ExplainedRun(ExplainedGraph graph) throws OrtException {
    this.graph = graph;
    this.session = environment.createSession(graph.onnx());
  }

  /** What a run gave. */
  static final class Result {
    final float[] logits;
    final long[] chosen;

    /** Empty at the image input. */
    final float[] activation;

    final float[] gradient;

    /** Empty without an expansion network. */
    final float[] reconstruction;

    private Result(OrtSession.Result result) throws OrtException {
      logits = floats(result, ExplainedGraph.LOGITS);
      activation = floatsIfAny(result, ExplainedGraph.ACTIVATION);
      reconstruction = floatsIfAny(result, ExpansionNetwork.RECONSTRUCTION);
      gradient = floats(result, ExplainedGraph.GRADIENT);
      LongBuffer classes =
          ((OnnxTensor) result.get(ExplainedGraph.CHOSEN).orElseThrow()).getLongBuffer();
      chosen = new long[classes.remaining()];
      classes.get(chosen);
    }

    private static float[] floatsIfAny(OrtSession.Result result, String name) throws OrtException {
      return result.get(name).isPresent() ? floats(result, name) : new float[0];
    }

    private static float[] floats(OrtSession.Result result, String name) {
      FloatBuffer buffer = ((OnnxTensor) result.get(name).orElseThrow()).getFloatBuffer();
      float[] values = new float[buffer.remaining()];
      buffer.get(values);
      return values;
    }
  }

  Result run(float[] input, long[] frames, long[] classes) throws OrtException {
    ImageInput image = graph.input();
    long size = (long) image.channels() * image.height() * image.width();
    long[] shape = {input.length / size, image.channels(), image.height(), image.width()};
    try (OnnxTensor in = OnnxTensor.createTensor(environment, FloatBuffer.wrap(input), shape);
        OnnxTensor frame = OnnxTensor.createTensor(environment, frames);
        OnnxTensor chosen = OnnxTensor.createTensor(environment, classes);
        OrtSession.Result result =
            session.run(
                Map.of(
                    ExplainedGraph.INPUT, in,
                    ExplainedGraph.FRAME, frame,
                    ExplainedGraph.CLASS, chosen))) {
      return new Result(result);
    }
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
