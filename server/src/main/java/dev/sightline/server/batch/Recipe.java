package dev.sightline.server.batch;

import dev.sightline.server.explain.FromEvidence;
import dev.sightline.server.explain.FromPerturbation;
import dev.sightline.server.explain.Gradients;
import dev.sightline.server.explain.PerturbationMethod;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The passes that the maps of an image need, each once however many maps read it, in the order in
 * which they are run. The first one sees the image as it is.
 *
 * @param passes at least one
 */
record Recipe(List<Kind> passes) {

  /** A kind of pass. */
  sealed interface Kind {
    /** Where its frames wait. */
    Lane lane();

    /** How many frames it has. */
    long frames();

    /** Roughly the floats that it keeps until the image is answered, for that many classes. */
    long floats(int classes);
  }

  /**
   * Activation and gradients of the image as it is.
   *
   * @param differentiated whether gradients are wanted, and not the activation alone
   * @param size floats of the activation
   * @param rebuilt floats of the image as an expansion network rebuilds it; 0 if it is not rebuilt
   */
  record Clean(Lane lane, boolean differentiated, long size, long rebuilt) implements Kind {
    @Override
    public long frames() {
      return 1;
    }

    @Override
    public long floats(int classes) {
      return size * (1 + (differentiated ? classes : 0)) + rebuilt;
    }
  }

  /**
   * The gradients of noisy versions of the image, of which averages are kept.
   *
   * @param clean where the same gradients of the image as it is were computed
   * @param size floats of a gradient
   */
  record Noisy(Lane lane, Lane clean, long frames, long size) implements Kind {
    @Override
    public long floats(int classes) {
      // Three averages in double.
      return 6 * size * classes;
    }
  }

  /**
   * The scores of altered versions of the image or of an activation.
   *
   * @param activation where the activation was computed that is read; null if none is
   */
  record Altered(Lane lane, PerturbationMethod method, @Nullable Lane activation, long frames)
      implements Kind {
    @Override
    public long floats(int classes) {
      return 2 * frames * classes;
    }
  }

  /** Keeps its own copy. */
  Recipe {
    passes = List.copyOf(passes);
  }

  /**
   * The passes of some maps.
   *
   * @param samples noisy samples of methods that take them
   * @param masks random masks of methods that take them
   */
  static Recipe of(List<Step> steps, Target target, long samples, long masks) {
    Map<Lane, Clean> clean = new LinkedHashMap<>();
    Map<Lane, Noisy> noisy = new LinkedHashMap<>();
    List<Altered> altered = new ArrayList<>();
    for (Step step : steps) {
      for (Step.Part part : step.parts()) {
        for (Gradients gradients : step.technique().reads()) {
          Clean read = clean(target, gradients, part.layer());
          clean.put(read.lane(), read);
          if (samples > 0 && step.technique() instanceof FromEvidence from && from.sampled()) {
            Lane lane = unbuilt(target, read.lane(), part.layer());
            noisy.put(read.lane(), new Noisy(lane, read.lane(), samples, read.size()));
          }
        }
        if (step.technique() instanceof FromPerturbation perturbation) {
          TargetLayer layer = part.layer();
          if (layer != null) {
            clean.putIfAbsent(layer.lane(), clean(target, layer, false));
          }
          altered.add(altered(perturbation.method(), target, layer, masks));
        }
      }
    }
    List<Kind> passes = new ArrayList<>(clean.values());
    if (passes.isEmpty()) {
      passes.add(new Clean(target.scores(), false, 0, 0));
    }
    passes.addAll(noisy.values());
    passes.addAll(altered);
    return new Recipe(passes);
  }

  /** Where evidence of these gradients is computed. */
  static Lane lane(Target target, Gradients gradients, @Nullable TargetLayer layer) {
    return gradients == Gradients.OF_LAYER && layer != null
        ? layer.lane()
        : target.toInput().apply(gradients).lane();
  }

  private static Clean clean(Target target, Gradients gradients, @Nullable TargetLayer layer) {
    return gradients == Gradients.OF_LAYER && layer != null
        ? clean(target, layer, true)
        : new Clean(lane(target, gradients, layer), true, target.input().size(), 0);
  }

  private static Clean clean(Target target, TargetLayer layer, boolean differentiated) {
    long rebuilt = layer.rebuilds() ? target.input().size() : 0;
    return new Clean(layer.lane(), differentiated, layer.size(), rebuilt);
  }

  private static Altered altered(
      PerturbationMethod method, Target target, @Nullable TargetLayer layer, long masks) {
    if (layer == null) {
      return new Altered(target.scores(), method, null, masks);
    }
    Lane images = unbuilt(target, layer.lane(), layer);
    return new Altered(
        method.ofActivation() ? layer.head().lane() : images,
        method,
        layer.lane(),
        method.versions(layer.channels(), layer.height() * layer.width(), Math.toIntExact(masks)));
  }

  /** The lane without rebuilding: of altered images nobody wants to see what can be rebuilt. */
  private static Lane unbuilt(Target target, Lane lane, @Nullable TargetLayer layer) {
    return layer != null && layer.rebuilds() && lane == layer.lane()
        ? target.layer(layer.name()).lane()
        : lane;
  }

  /** Frames in all. */
  long frames() {
    return passes.stream().mapToLong(Kind::frames).sum();
  }

  /** Roughly the bytes that an image keeps until it is answered. */
  long bytes(int classes) {
    return Float.BYTES * passes.stream().mapToLong(pass -> pass.floats(classes)).sum();
  }
}
