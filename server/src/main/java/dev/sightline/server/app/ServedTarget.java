package dev.sightline.server.app;

import dev.sightline.server.batch.Breaker;
import dev.sightline.server.batch.Lane;
import dev.sightline.server.batch.Passage;
import dev.sightline.server.batch.ReferenceCount;
import dev.sightline.server.batch.Target;
import dev.sightline.server.batch.TargetLayer;
import dev.sightline.server.engine.Backend;
import dev.sightline.server.explain.Gradients;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.ReluRule;
import dev.sightline.server.model.ServedLayer;
import dev.sightline.server.model.ServedModel;
import dev.sightline.server.model.ServedPass;
import dev.sightline.server.model.Sigma;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Describes a model in service as the batcher wants to see it. Thread-safe. */
final class ServedTarget {
  private final ServedModel model;
  private final Breaker breaker;
  private final ReferenceCount references;
  private final Map<String, TargetLayer> layers = new ConcurrentHashMap<>();
  private final Map<Gradients, Passage> toInput = new EnumMap<>(Gradients.class);

  private ServedTarget(ServedModel model, Breaker breaker) {
    this.model = model;
    this.breaker = breaker;
    this.references = new ReferenceCount(model::close);
    for (Gradients gradients : EnumSet.complementOf(EnumSet.of(Gradients.OF_LAYER))) {
      ReluRule rule = rule(gradients);
      toInput.put(gradients, passage("to the input, " + rule, model.toInput(rule)));
    }
  }

  /**
   * A model as a target, which closes the model when its last reference is given back.
   *
   * @param breaker the model's own
   */
  static Target of(ServedModel model, Breaker breaker) {
    return new ServedTarget(model, breaker).target();
  }

  private Target target() {
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
        this::layer,
        gradients -> Objects.requireNonNull(toInput.get(gradients)),
        model.layers().isEmpty()
            ? passage("scores", model.inference()).lane()
            : layer(model.defaultLayer()).lane());
  }

  /** The rule of the graph by which a method's gradients are computed. */
  static ReluRule rule(Gradients gradients) {
    return switch (gradients) {
      case OF_LAYER, OF_INPUT -> ReluRule.PLAIN;
      case GUIDED -> ReluRule.GUIDED;
      case DECONVNET -> ReluRule.DECONVNET;
    };
  }

  private TargetLayer layer(String name) {
    return layers.computeIfAbsent(name, n -> layer(model.layer(n)));
  }

  private TargetLayer layer(ServedLayer served) {
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
        lane("/" + layer.name(), served::backend),
        passage("behind " + layer.name(), served.head()),
        passage(layer.name() + ", image rebuilt", served.expanded()));
  }

  private Passage passage(String name, ServedPass pass) {
    return new Passage(lane(" " + name, pass::backend), pass.obstacle());
  }

  private Lane lane(String name, Supplier<Backend> opener) {
    return new Lane(model.name() + name, opener, breaker, references);
  }
}
