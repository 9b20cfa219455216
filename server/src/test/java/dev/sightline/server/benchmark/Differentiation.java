package dev.sightline.server.benchmark;

import dev.sightline.server.graph.ExplainedGraph;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.SightlineHome;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Writing the backward pass of a pulled model into its graph. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class Differentiation {
  @Param({"mobilenet-v1", "resnet50"})
  public String model = "";

  private @Nullable Graph graph;
  private String layer = "";

  @Setup
  public void read() {
    ModelFolder folder = ModelFolder.read(SightlineHome.of(System.getenv()).models().folder(model));
    graph = folder.graph();
    layer = folder.defaultLayer();
  }

  private Graph graph() {
    return Objects.requireNonNull(graph);
  }

  @Benchmark
  public ExplainedGraph toTheLastMap() {
    return graph().explain(layer);
  }

  @Benchmark
  public ExplainedGraph toTheInput() {
    return graph().explain(graph().input().name());
  }
}
