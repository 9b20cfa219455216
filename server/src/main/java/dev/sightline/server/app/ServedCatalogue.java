package dev.sightline.server.app;

import dev.sightline.server.batch.Breaker;
import dev.sightline.server.batch.BreakerLimits;
import dev.sightline.server.batch.Catalogue;
import dev.sightline.server.batch.Target;
import dev.sightline.server.model.ModelRepository;
import dev.sightline.server.model.ServedModel;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The models of a repository as the batcher wants to see them. One may take the place of another of
 * its name: from then on images come to the new one, and the old one is closed when its last image
 * is answered. Thread-safe.
 */
final class ServedCatalogue implements Catalogue {
  private final Function<ServedModel, Breaker> breakers;
  private volatile Edition edition;

  /** What there is at one time. */
  private record Edition(long version, List<Target> targets, Target defaultTarget) {

    Edition with(Target next) {
      return new Edition(
          version + 1,
          targets.stream().map(target -> successor(target, next)).toList(),
          successor(defaultTarget, next));
    }

    private static Target successor(Target target, Target next) {
      return target.name().equals(next.name()) ? next : target;
    }
  }

  /** One model alone. */
  ServedCatalogue(ServedModel model) {
    this(List.of(model), model.name(), it -> Breaker.never());
  }

  /** Models that are tried however often the engine fails on them. */
  ServedCatalogue(ModelRepository models) {
    this(models.all(), models.defaultModel().name(), model -> Breaker.never());
  }

  /**
   * The models of a server.
   *
   * @param limits when one on which the engine fails is left alone
   * @param nanoTime the time by the batcher's clock
   */
  ServedCatalogue(ModelRepository models, BreakerLimits limits, LongSupplier nanoTime) {
    this(
        models.all(),
        models.defaultModel().name(),
        model -> new Breaker(model.name(), limits, nanoTime));
  }

  private ServedCatalogue(
      List<ServedModel> models, String defaultName, Function<ServedModel, Breaker> breakers) {
    this.breakers = breakers;
    List<Target> targets = models.stream().map(this::target).toList();
    Target defaultTarget =
        targets.stream().filter(target -> target.name().equals(defaultName)).findFirst().get();
    this.edition = new Edition(0, targets, defaultTarget);
  }

  private Target target(ServedModel model) {
    return ServedTarget.of(model, breakers.apply(model));
  }

  @Override
  public List<Target> all() {
    return edition.targets();
  }

  @Override
  public Target defaultTarget() {
    return edition.defaultTarget();
  }

  @Override
  public long version() {
    return edition.version();
  }

  /** Puts a model in the place of the one of its name, with a breaker that is closed. */
  synchronized void replace(ServedModel model) {
    Target next = target(model);
    Target old = find(next.name()).orElseThrow();
    edition = edition.with(next);
    old.references().release();
  }
}
