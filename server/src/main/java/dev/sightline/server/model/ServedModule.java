package dev.sightline.server.model;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.PassShape;
import dev.sightline.server.engine.TorchBackend;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.ReluRule;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A TorchScript module in service: one loaded module runs every kind of pass. */
record ServedModule(ModelFolder folder, TorchBackend backend) implements ServedNetwork {
  @Override
  public int classes() {
    return backend.shape().classes();
  }

  @Override
  public List<Layer> layers() {
    return List.of(only());
  }

  @Override
  public Layer layer(String name) {
    if (!name.isEmpty() && !name.equals(Network.TorchScript.LAYER)) {
      throw new UnknownLayerException(
          "there is no layer '%s'; a TorchScript module has one, '%s'"
              .formatted(name, Network.TorchScript.LAYER));
    }
    return only();
  }

  private Layer only() {
    PassShape shape = backend.shape();
    return new Layer(
        Network.TorchScript.LAYER,
        "TorchScript",
        shape.gridChannels(),
        shape.gridHeight(),
        shape.gridWidth());
  }

  @Override
  public boolean poolingAndLinear(String layer) {
    return backend.poolingAndLinear();
  }

  /** A module does not tell its windows. */
  @Override
  public @Nullable Sigma theoreticalSigma(String layer) {
    return null;
  }

  @Override
  public Optional<String> obstacle(PassKind kind) {
    if (kind instanceof PassKind.Expanded) {
      return folder.expansionObstacle();
    }
    return kind instanceof PassKind.ToInput to && to.rule() != ReluRule.PLAIN
        ? Optional.of(
            "PyTorch differentiates a TorchScript module as it is, and %s takes another rule at its"
                    .formatted(to.rule().inWords())
                + " ReLUs: it needs an ONNX graph")
        : Optional.empty();
  }

  @Override
  public Backend open(PassKind kind) {
    if (kind instanceof PassKind.ToLayer) {
      return backend;
    }
    if (kind instanceof PassKind.ToInput) {
      return backend.toInput();
    }
    return kind instanceof PassKind.Head ? backend.head() : backend.inference();
  }
}
