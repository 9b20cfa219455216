package dev.sightline.server.engine;

import dev.sightline.server.graph.FeatureGraph;
import dev.sightline.server.graph.ImageInput;
import dev.sightline.server.graph.Layer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** The part of a graph that leads to some layers, on ONNX Runtime. */
final class OnnxFeatures implements FeatureBackend {
  private final OnnxSession session;
  private final FeatureGraph graph;
  private final PassShape shape;
  private final int maxBatch;

  private OnnxFeatures(OnnxSession session, FeatureGraph graph, int maxBatch) {
    this.session = session;
    this.graph = graph;
    this.shape =
        PassShape.ofInference(
            graph.input().channels(), graph.input().height(), graph.input().width(), 0);
    this.maxBatch = maxBatch;
  }

  static OnnxFeatures open(FeatureGraph graph, String name, EngineSettings settings) {
    return new OnnxFeatures(
        OnnxSession.open(name, graph.model(), settings), graph, settings.maxBatch());
  }

  @Override
  public ImageInput input() {
    return graph.input();
  }

  @Override
  public List<Layer> layers() {
    return graph.layers();
  }

  @Override
  public int maxBatch() {
    return maxBatch;
  }

  @Override
  public List<float[]> run(FloatBuffer images, int count) {
    int padded = OnnxBackend.padded(count);
    PassChecks.check(Pass.ofLogits(images, count), shape, maxBatch, padded);
    try (OnnxRun run = session.run(new PassBuffers())) {
      run.input(
          FeatureGraph.INPUT, images, padded, shape.channels(), shape.height(), shape.width());
      for (int i = 0; i < graph.layers().size(); i++) {
        run.output(FeatureGraph.output(i));
      }
      run.compute();
      List<float[]> maps = new ArrayList<>();
      for (int i = 0; i < graph.layers().size(); i++) {
        maps.add(run.floats(FeatureGraph.output(i)));
      }
      return maps;
    }
  }

  @Override
  public void close() {
    session.close();
  }
}
