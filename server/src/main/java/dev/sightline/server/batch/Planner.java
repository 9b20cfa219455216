package dev.sightline.server.batch;

import com.google.protobuf.Duration;
import dev.sightline.server.explain.Methods;
import dev.sightline.server.explain.Noise;
import dev.sightline.server.explain.Technique;
import dev.sightline.server.explain.refine.HighResCam;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.UnknownLayerException;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Scaling;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Resolves options into plans. Thread-safe. */
public final class Planner {
  private static final Logger log = LoggerFactory.getLogger(Planner.class);
  private static final int DEFAULT_PREDICTIONS = 5;
  private static final int MAX_PREDICTIONS = 1000;
  private static final int MAX_LAYERS = 16;
  private static final int MAX_MAPS = 4096;
  private static final int DEFAULT_MASKS = 1000;
  private static final double DEFAULT_STD_DEV = 0.15;
  private static final int MAX_GREY = 255;

  /** About a century, far from the overflow of nanoseconds. */
  private static final long MAX_SECONDS = 3_000_000_000L;

  private final Catalogue catalogue;
  private final ImageReader reader;
  private final PlanLimits limits;
  private final Admission admission;

  /**
   * A planner.
   *
   * @param catalogue the models
   * @param reader decodes the images of its plans
   * @param limits what one image may cost
   */
  public Planner(Catalogue catalogue, ImageReader reader, PlanLimits limits) {
    this(catalogue, reader, limits, Admission.ALWAYS);
  }

  private Planner(Catalogue catalogue, ImageReader reader, PlanLimits limits, Admission admission) {
    this.catalogue = catalogue;
    this.reader = reader;
    this.limits = limits;
    this.admission = admission;
  }

  /**
   * A planner for one caller.
   *
   * @param permitted the models that the caller may use
   * @param admits asked for every image of its plans
   */
  public Planner on(Catalogue permitted, Admission admits) {
    return new Planner(permitted, reader, limits, admits);
  }

  /** That of the models by which it plans. */
  long version() {
    return catalogue.version();
  }

  /**
   * Resolves options. No model is opened for it.
   *
   * @throws RefusedException if they cannot be met, with the reason that the contract gives it
   */
  public Plan plan(ExplainOptions options) throws RefusedException {
    try {
      return resolved(options);
    } catch (RuntimeException e) {
      log.error("Options could not be resolved", e);
      throw new RefusedException(
          Refusal.of(Reason.REASON_INTERNAL, "The server failed on these options."));
    }
  }

  private Plan resolved(ExplainOptions options) throws RefusedException {
    Target target = catalogue.require(options.getModel());
    List<Step> steps = Steps.of(options, target, rebuilding(options, layers(options, target)));
    int[] rowClasses = ClassRows.of(options.getClassesList(), target);
    if ((long) rowClasses.length * steps.size() > MAX_MAPS) {
      throw RefusedException.option(
          "methods",
          "%d maps of %d classes were asked for; one answer may hold %d maps."
              .formatted(steps.size(), rowClasses.length, MAX_MAPS));
    }
    Plan.Randomness randomness = randomness(options);
    Recipe recipe = Recipe.of(steps, target, samples(options), randomness.masks());
    requireAffordable(recipe, options.getFlipSmoothing(), rowClasses.length);
    return new Plan(
        target,
        steps,
        rowClasses,
        recipe,
        options.getFlipSmoothing(),
        randomness,
        output(options, target, steps, rowClasses.length),
        new Item.Terms(maxAge(options), progressInterval(options)),
        unchangedWithin(options),
        admission,
        reader);
  }

  private void requireAffordable(Recipe recipe, boolean flip, int classes) throws RefusedException {
    int views = flip ? 2 : 1;
    long frames = views * recipe.frames();
    if (frames > limits.maxFrames()) {
      throw RefusedException.option(
          "methods",
          "%d frames would be computed for each image; this server computes at most %d. Ask for fewer"
                  .formatted(frames, limits.maxFrames())
              + " samples, masks or methods, or a layer with fewer channels.");
    }
    long bytes = views * recipe.bytes(classes);
    if (bytes > limits.maxBytes()) {
      throw RefusedException.option(
          "methods",
          "%d MiB of activations and gradients would be held for each image; this server holds at most"
                  .formatted(bytes >> 20)
              + " %d MiB. Ask for fewer classes or layers, or smaller layers."
                  .formatted(limits.maxBytes() >> 20));
    }
  }

  private Output output(ExplainOptions options, Target target, List<Step> steps, int classes)
      throws RefusedException {
    Encoding encoding = encoding(options);
    boolean grids =
        encoding == Encoding.ENCODING_GRID_FLOAT16 || encoding == Encoding.ENCODING_GRID_FLOAT32;
    if (grids) {
      requireRoom(steps, classes, target);
    }
    requireRoomBesideMaps(options, steps, classes, target);
    int planes = grids ? 0 : classes * steps.size();
    return new Output(
        MapSize.of(options.getOutputSize(), target, planes, limits.maxAnswerPixels()),
        encoding,
        scaling(options),
        Math.min(predictions(options), target.classes()),
        Localiser.of(options),
        options.getHighResolution().getSteps());
  }

  /** Grids have the size that they have, whatever size they are to be expanded to. */
  private void requireRoom(List<Step> steps, int classes, Target target) throws RefusedException {
    long cells = steps.stream().mapToLong(step -> step.cells(target.input())).sum();
    if (classes * cells > limits.maxAnswerPixels()) {
      throw RefusedException.option(
          "methods",
          "%d grids of %d cells in all were asked for; one answer may hold %d cells."
              .formatted(classes * steps.size(), classes * cells, limits.maxAnswerPixels()));
    }
  }

  /** However small its maps are, an answer refines and localises at the size of the input. */
  private void requireRoomBesideMaps(
      ExplainOptions options, List<Step> steps, int classes, Target target)
      throws RefusedException {
    long refined = steps.stream().filter(step -> step.technique().readsRebuilt()).count();
    long each = 1L + (options.getHighResolution().getSteps() ? HighResCam.STAGES : 0);
    long localised = options.hasLocalisation() ? steps.size() : 0;
    long planes = classes * (refined * each + localised);
    long pixels = (long) target.input().height() * target.input().width();
    if (planes * pixels > limits.maxAnswerPixels()) {
      throw RefusedException.option(
          localised > 0 ? "localisation" : "high_resolution",
          "%d regions, masks and steps of %d pixels each were asked for beside the maps; one answer may hold %d pixels of them. Ask for fewer classes or methods."
              .formatted(planes, pixels, limits.maxAnswerPixels()));
    }
  }

  private static int samples(ExplainOptions options) throws RefusedException {
    return count("noise", "samples", options.getNoise().getSamples());
  }

  private static Plan.Randomness randomness(ExplainOptions options) throws RefusedException {
    float asked = options.getNoise().getStdDev();
    if (!(asked >= 0) || Float.isInfinite(asked)) {
      throw RefusedException.option(
          "noise", "noise.std_dev is %s; it must be positive and finite.".formatted(asked));
    }
    double stdDev = asked == 0 ? DEFAULT_STD_DEV : asked;
    int masks = count("random_masks", "count", options.getRandomMasks().getCount());
    return new Plan.Randomness(
        new Noise(stdDev, options.getNoise().getSeed()),
        masks == 0 ? DEFAULT_MASKS : masks,
        options.getRandomMasks().getSeed());
  }

  private static int count(String option, String field, int asked) throws RefusedException {
    if (asked < 0) {
      throw RefusedException.option(
          option, "%s.%s is %s.".formatted(option, field, Integer.toUnsignedString(asked)));
    }
    return asked;
  }

  /** The layers that are asked for, or the default one if a method needs one. */
  private static List<TargetLayer> layers(ExplainOptions options, Target target)
      throws RefusedException {
    List<String> names = options.getLayersList();
    if (names.size() > MAX_LAYERS) {
      throw RefusedException.option(
          "layers",
          "%d layers were asked for; at most %d are taken.".formatted(names.size(), MAX_LAYERS));
    }
    if (names.isEmpty()) {
      boolean needed =
          Steps.methods(options).stream()
              .flatMap(method -> Methods.of(method).stream())
              .anyMatch(Technique::ofLayer);
      return needed ? List.of(layer("", target)) : List.of();
    }
    List<TargetLayer> layers = new ArrayList<>();
    for (String name : names) {
      TargetLayer layer = layer(name, target);
      if (layers.contains(layer)) {
        throw RefusedException.option("layers", "Layer " + layer.name() + " is listed twice.");
      }
      layers.add(layer);
    }
    return layers;
  }

  /** Layers by passes that rebuild the image, if a method reads that and they can be had. */
  private static List<TargetLayer> rebuilding(ExplainOptions options, List<TargetLayer> layers)
      throws RefusedException {
    boolean read =
        Steps.methods(options).stream()
            .flatMap(method -> Methods.of(method).stream())
            .anyMatch(Technique::readsRebuilt);
    return layers.stream()
        .map(layer -> read && layer.rebuilt().obstacle().isEmpty() ? layer.rebuilding() : layer)
        .toList();
  }

  private static TargetLayer layer(String name, Target target) throws RefusedException {
    try {
      return target.layer(name);
    } catch (UnknownLayerException e) {
      throw new RefusedException(
          Reason.REASON_UNKNOWN_LAYER,
          "Model %s: %s.".formatted(target.name(), e.getMessage()),
          Map.of("model", target.name(), "layer", name));
    }
  }

  private static Encoding encoding(ExplainOptions options) throws RefusedException {
    return switch (options.getEncoding()) {
      case UNRECOGNIZED ->
          throw RefusedException.option(
              "encoding", "%d is no encoding.".formatted(options.getEncodingValue()));
      case ENCODING_UNSPECIFIED -> Encoding.ENCODING_GRID_FLOAT16;
      default -> options.getEncoding();
    };
  }

  private static Scaling scaling(ExplainOptions options) throws RefusedException {
    return switch (options.getScaling()) {
      case UNRECOGNIZED ->
          throw RefusedException.option(
              "scaling", "%d is no scaling.".formatted(options.getScalingValue()));
      case SCALING_UNSPECIFIED -> Scaling.SCALING_NORMALISED;
      default -> options.getScaling();
    };
  }

  private static int predictions(ExplainOptions options) throws RefusedException {
    int asked = options.getPredictions();
    if (asked < 0 || asked > MAX_PREDICTIONS) {
      throw RefusedException.option(
          "predictions",
          "%s predictions were asked for; at most %d are given."
              .formatted(Integer.toUnsignedString(asked), MAX_PREDICTIONS));
    }
    return asked == 0 ? DEFAULT_PREDICTIONS : asked;
  }

  private static float unchangedWithin(ExplainOptions options) throws RefusedException {
    float asked = options.getUnchangedWithin();
    if (!(asked >= 0 && asked <= MAX_GREY)) {
      throw RefusedException.option(
          "unchanged_within",
          "unchanged_within is %s; it must be from 0 to %d grey levels."
              .formatted(asked, MAX_GREY));
    }
    return asked;
  }

  private static long maxAge(ExplainOptions options) throws RefusedException {
    return options.hasMaxAge() ? nanos("max_age", options.getMaxAge()) : Item.NEVER;
  }

  private static long progressInterval(ExplainOptions options) throws RefusedException {
    return options.hasProgressInterval()
        ? nanos("progress_interval", options.getProgressInterval())
        : Item.NEVER;
  }

  private static long nanos(String option, Duration duration) throws RefusedException {
    long seconds = duration.getSeconds();
    int nanos = duration.getNanos();
    if (seconds < 0 || nanos < 0 || nanos > 999_999_999 || (seconds == 0 && nanos == 0)) {
      throw RefusedException.option(
          option, "%s is %d s and %d ns; it must be positive.".formatted(option, seconds, nanos));
    }
    return java.time.Duration.ofSeconds(Math.min(seconds, MAX_SECONDS), nanos).toNanos();
  }
}
