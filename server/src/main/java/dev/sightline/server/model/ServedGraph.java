package dev.sightline.server.model;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.BackendOpener;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphException;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.ReceptiveField;
import dev.sightline.server.graph.ReluRule;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An ONNX graph in service: every kind of pass is another graph that is written of it. */
record ServedGraph(ModelFolder folder, BackendOpener opener) implements ServedNetwork {
  private Graph graph() {
    return folder.graph();
  }

  @Override
  public int classes() {
    return graph().classes();
  }

  @Override
  public List<Layer> layers() {
    return graph().layers();
  }

  @Override
  public Layer layer(String name) {
    if (name.equals(graph().input().name())) {
      // The graph counts its input as a layer too, but no Gaussian spreads from there.
      throw new UnknownLayerException("'%s' is the input itself".formatted(name));
    }
    try {
      return name.isEmpty() ? graph().defaultLayer() : graph().layer(name);
    } catch (GraphException e) {
      throw new UnknownLayerException(e.getMessage(), e);
    }
  }

  @Override
  public boolean poolingAndLinear(String layer) {
    return graph().poolingAndLinear(layer);
  }

  /** Cells that see no more than a pixel spread nothing, as those of 1 x 1 convolutions. */
  @Override
  public @Nullable Sigma theoreticalSigma(String layer) {
    ReceptiveField field = graph().receptiveField(layer);
    return field.sigmaX() > 0 && field.sigmaY() > 0
        ? new Sigma((float) field.sigmaX(), (float) field.sigmaY())
        : null;
  }

  @Override
  public Optional<String> obstacle(PassKind kind) {
    if (kind instanceof PassKind.Expanded) {
      return folder.expansionObstacle();
    }
    if (kind instanceof PassKind.ToInput input) {
      return graph().obstacle(input.rule());
    }
    return kind instanceof PassKind.Head head
        ? graph().headObstacle(head.layer())
        : Optional.empty();
  }

  @Override
  public Backend open(PassKind kind) {
    String name = folder.name() + kind.name();
    if (kind instanceof PassKind.ToLayer to) {
      return opener.open(graph().explain(to.layer()), name);
    }
    if (kind instanceof PassKind.Expanded to) {
      return opener.open(
          graph().explain(to.layer(), ReluRule.PLAIN, folder.expansion().orElseThrow()), name);
    }
    if (kind instanceof PassKind.ToInput to) {
      return opener.open(graph().explain(graph().input().name(), to.rule()), name);
    }
    return opener.open(
        kind instanceof PassKind.Head head ? graph().head(head.layer()) : graph().inference(),
        name);
  }
}
