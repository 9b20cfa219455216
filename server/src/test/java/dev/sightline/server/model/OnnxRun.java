package dev.sightline.server.model;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.Map;

/** A network in ONNX Runtime. */
public final class OnnxRun implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  /** Loads a network from memory. */
  public OnnxRun(ModelProto model) throws OrtException {
    session = environment.createSession(model.toByteArray());
  }

  /** Loads a network from a file. */
  public OnnxRun(String file) throws OrtException {
    session = environment.createSession(file);
  }

  /** The logits of one image, given as C × H × W. */
  public float[] logits(float[] image, int channels, int height, int width) throws OrtException {
    long[] shape = {1, channels, height, width};
    try (OnnxTensor in = OnnxTensor.createTensor(environment, FloatBuffer.wrap(image), shape);
        OrtSession.Result result = session.run(Map.of("input", in))) {
      return ((float[][]) result.get("logits").orElseThrow().getValue())[0];
    }
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
