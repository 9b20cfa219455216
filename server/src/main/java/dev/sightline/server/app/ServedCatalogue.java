package dev.sightline.server.app;

import dev.sightline.server.batch.Breaker;
import dev.sightline.server.batch.BreakerLimits;
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
import dev.sightline.server.model.ServedPass;
import dev.sightline.server.model.Sigma;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** The models of a repository as the batcher wants to see them. Thread-safe. */
final class ServedCatalogue implements Catalogue {

  private final List<Target> targets;
  private final Target defaultTarget;

  /** One model alone. */
  ServedCatalogue(ServedModel model) {
    defaultTarget = target(model, Breaker.never());
    targets = List.of(defaultTarget);
  }

  /** Models that are tried however often the engine fails on them. */
  ServedCatalogue(ModelRepository models) {
    this(models, model -> Breaker.never());
  }

  /**
   * The models of a server.
   *
   * @param limits when one on which the engine fails is left alone
   * @param nanoTime the time by the batcher's clock
   */
  ServedCatalogue(ModelRepository models, BreakerLimits limits, LongSupplier nanoTime) {
    this(models, model -> new Breaker(model.name(), limits, nanoTime));
  }

  private ServedCatalogue(ModelRepository models, Function<ServedModel, Breaker> breaker) {
    targets = models.all().stream().map(model -> target(model, breaker.apply(model))).toList();
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

  private static Target target(ServedModel model, Breaker breaker) {
    Map<String, TargetLayer> layers = new ConcurrentHashMap<>();
    Function<String, TargetLayer> layer =
        name -> layers.computeIfAbsent(name, n -> layer(model, model.layer(n), breaker));
    Map<Gradients, Passage> toInput = new EnumMap<>(Gradients.class);
    for (Gradients gradients : EnumSet.complementOf(EnumSet.of(Gradients.OF_LAYER))) {
      ReluRule rule = rule(gradients);
      toInput.put(gradients, passage(model, "to the input, " + rule, model.toInput(rule), breaker));
    }
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
        layer,
        gradients -> Objects.requireNonNull(toInput.get(gradients)),
        model.layers().isEmpty()
            ? passage(model, "scores", model.inference(), breaker).lane()
            : layer.apply(model.defaultLayer()).lane());
  }

  /** The rule of the graph by which a method's gradients are computed. */
  static ReluRule rule(Gradients gradients) {
    return switch (gradients) {
      case OF_LAYER, OF_INPUT -> ReluRule.PLAIN;
      case GUIDED -> ReluRule.GUIDED;
      case DECONVNET -> ReluRule.DECONVNET;
    };
  }

  private static Passage passage(ServedModel model, String name, ServedPass pass, Breaker breaker) {
    return new Passage(
        new Lane(model.name() + " " + name, pass::backend, breaker), pass.obstacle());
  }

  private static TargetLayer layer(ServedModel model, ServedLayer served, Breaker breaker) {
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
        new Lane(model.name() + "/" + layer.name(), served::backend, breaker),
        passage(model, "behind " + layer.name(), served.head(), breaker),
        passage(model, layer.name() + ", image rebuilt", served.expanded(), breaker));
  }
}
