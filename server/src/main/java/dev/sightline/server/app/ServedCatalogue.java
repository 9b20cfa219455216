package dev.sightline.server.app;

import dev.sightline.server.batch.Catalogue;
import dev.sightline.server.batch.Lane;
import dev.sightline.server.batch.Passage;
import dev.sightline.server.batch.Target;
import dev.sightline.server.batch.TargetLayer;
import dev.sightline.server.explain.Gradients;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.ReluRule;
import dev.sightline.server.model.ModelRepository;
import dev.sightline.server.model.ServedLayer;
import dev.sightline.server.model.ServedModel;
import dev.sightline.server.model.Sigma;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The models of a repository as the batcher wants to see them. Thread-safe. */
final class ServedCatalogue implements Catalogue {

  private final List<Target> targets;
  private final Target defaultTarget;

  ServedCatalogue(ModelRepository models) {
    targets = models.all().stream().map(ServedCatalogue::target).toList();
    String defaultName = models.defaultModel().name();
    defaultTarget =
        targets.stream().filter(target -> target.name().equals(defaultName)).findFirst().get();
  }

  @Override
  public List<Target> all() {
    return targets;
  }

  @Override
  public Target defaultTarget() {
    return defaultTarget;
  }

  private static Target target(ServedModel model) {
    Map<String, TargetLayer> layers = new ConcurrentHashMap<>();
    return new Target(
        model.name(),
        model.description(),
        model.engineDescription(),
        model.inputShape(),
        model.preprocessing(),
        model.classes(),
        model.labels(),
        model.layers().stream().map(Layer::name).toList(),
        model.defaultLayer(),
        name -> layers.computeIfAbsent(name, n -> layer(model, model.layer(n))),
        gradients -> unbuilt(model.name() + " to input by " + gradients),
        layers.computeIfAbsent(model.defaultLayer(), n -> layer(model, model.layer(n))).lane());
  }

  /** The rule of the graph by which a method's gradients are computed. */
  static ReluRule rule(Gradients gradients) {
    return switch (gradients) {
      case OF_LAYER, OF_INPUT -> ReluRule.PLAIN;
      case GUIDED -> ReluRule.GUIDED;
      case DECONVNET -> ReluRule.DECONVNET;
    };
  }

  private static Passage unbuilt(String name) {
    return new Passage(
        new Lane(
            name,
            () -> {
              throw new IllegalStateException(name);
            }),
        Optional.of("this server does not offer " + name));
  }

  private static TargetLayer layer(ServedModel model, ServedLayer served) {
    Layer layer = served.layer();
    return new TargetLayer(
        layer.name(),
        layer.operator(),
        layer.channels(),
        layer.height(),
        layer.width(),
        served.poolingAndLinear(),
        served.sigma().map(Sigma::x).orElse(0f),
        served.sigma().map(Sigma::y).orElse(0f),
        served.sigmaSource(),
        new Lane(model.name() + "/" + layer.name(), served::backend),
        unbuilt(model.name() + "/" + layer.name() + " head"));
  }
}
