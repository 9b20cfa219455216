package dev.sightline.server.app;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.BackendOpener;
import dev.sightline.server.engine.EngineException;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassBuffers;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.engine.PassShape;
import dev.sightline.server.graph.ExplainedGraph;
import dev.sightline.server.graph.InferenceGraph;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** The real engine, which counts the backends that are open and fails when it is told to. */
final class CountedEngine implements BackendOpener {
  final AtomicInteger open = new AtomicInteger();
  final AtomicInteger opened = new AtomicInteger();
  volatile boolean failing;

  /** What happens before each pass. */
  volatile Runnable during = () -> {};

  private final OnnxRuntime engine = new OnnxRuntime(EngineSettings.cpu(8));

  @Override
  public Backend open(ExplainedGraph graph, String name) {
    return new Counted(engine.open(graph, name));
  }

  @Override
  public Backend open(InferenceGraph graph, String name) {
    return new Counted(engine.open(graph, name));
  }

  private final class Counted implements Backend {
    private final Backend backend;
    private final AtomicBoolean closed = new AtomicBoolean();

    Counted(Backend backend) {
      this.backend = backend;
      open.incrementAndGet();
      opened.incrementAndGet();
    }

    @Override
    public PassShape shape() {
      return backend.shape();
    }

    @Override
    public int maxBatch() {
      return backend.maxBatch();
    }

    @Override
    public String description() {
      return backend.description();
    }

    @Override
    public PassResult run(Pass pass, PassBuffers buffers) {
      during.run();
      if (failing || closed.get()) {
        throw new EngineException(closed.get() ? "it is closed" : "it fails");
      }
      return backend.run(pass, buffers);
    }

    @Override
    public void close() {
      if (closed.getAndSet(true)) {
        throw new IllegalStateException("it was closed before");
      }
      open.decrementAndGet();
      backend.close();
    }
  }
}
