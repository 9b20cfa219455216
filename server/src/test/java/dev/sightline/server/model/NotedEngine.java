package dev.sightline.server.model;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.BackendOpener;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassBuffers;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.engine.PassShape;
import dev.sightline.server.graph.ExplainedGraph;
import java.util.ArrayList;
import java.util.List;

/** An engine that computes nothing, and notes what it is told to do. */
final class NotedEngine implements BackendOpener {
  final List<String> events = new ArrayList<>();

  /** What happens while a backend is being opened. */
  Runnable whileOpening = () -> {};

  @Override
  public Backend open(ExplainedGraph graph, String name) {
    events.add("open " + name);
    whileOpening.run();
    PassShape shape =
        new PassShape(
            graph.input().channels(),
            graph.input().height(),
            graph.input().width(),
            graph.classes(),
            graph.layer().channels(),
            graph.layer().height(),
            graph.layer().width());
    return new Backend() {
      @Override
      public PassShape shape() {
        return shape;
      }

      @Override
      public int maxBatch() {
        return 8;
      }

      @Override
      public String description() {
        return "engine of " + name;
      }

      @Override
      public PassResult run(Pass pass, PassBuffers buffers) {
        events.add("run " + name);
        return new PassResult(shape, new float[2], new int[0], new float[0], new float[0]);
      }

      @Override
      public void close() {
        events.add("close " + name);
      }
    };
  }
}
