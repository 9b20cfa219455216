package dev.sightline.server.engine;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.graph.Decoder;
import dev.sightline.server.graph.ExpansionNetwork;
import dev.sightline.server.graph.Layer;
import java.nio.FloatBuffer;
import java.util.List;

/** A written decoder on ONNX Runtime, beside which PyTorch's answers are held. Thread-safe. */
public final class OnnxDecoder implements AutoCloseable {
  private final Decoder decoder;
  private final OnnxSession session;

  /**
   * Loads it.
   *
   * @param decoder the plan of what was written
   * @throws EngineException if ONNX Runtime refuses the graph
   */
  public OnnxDecoder(Decoder decoder, ModelProto written, EngineSettings settings) {
    this.decoder = decoder;
    this.session = OnnxSession.open("expansion", written, settings);
  }

  /**
   * Rebuilds images.
   *
   * @param features for each of the decoder's tensors images × K × h × w floats, or more
   * @return images × C × H × W
   */
  public float[] reconstruct(List<float[]> features, int images) {
    try (OnnxRun run = session.run(new PassBuffers())) {
      for (int i = 0; i < features.size(); i++) {
        Layer layer = decoder.skips().get(i);
        FloatBuffer values = Pass.buffer(images, layer.channels() * layer.height() * layer.width());
        values.put(0, features.get(i), 0, values.capacity());
        run.input(layer.name(), values, images, layer.channels(), layer.height(), layer.width());
      }
      return run.output(ExpansionNetwork.RECONSTRUCTION)
          .compute()
          .floats(ExpansionNetwork.RECONSTRUCTION);
    }
  }

  @Override
  public void close() {
    session.close();
  }
}
