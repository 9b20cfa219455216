package dev.sightline.server.batch;

import com.google.protobuf.Duration;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.UnknownLayerException;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Scaling;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Resolves options into plans. Thread-safe. */
public final class Planner {
  /** Pixels that the maps of one answer may have in all: one map of the largest size. */
  public static final long DEFAULT_MAX_ANSWER_PIXELS = 8192L * 8192;

  private static final Logger log = LoggerFactory.getLogger(Planner.class);
  private static final int DEFAULT_PREDICTIONS = 5;
  private static final int MAX_PREDICTIONS = 1000;

  /** About a century, far from the overflow of nanoseconds. */
  private static final long MAX_AGE_SECONDS = 3_000_000_000L;

  private final Catalogue catalogue;
  private final ImageReader reader;
  private final long maxAnswerPixels;

  /**
   * A planner.
   *
   * @param catalogue the models
   * @param reader decodes the images of its plans
   * @param maxAnswerPixels pixels that the maps of one answer may have in all; grids do not count
   */
  public Planner(Catalogue catalogue, ImageReader reader, long maxAnswerPixels) {
    this.catalogue = catalogue;
    this.reader = reader;
    this.maxAnswerPixels = maxAnswerPixels;
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
    Target target = target(options.getModel());
    TargetLayer layer = layer(options.getLayersCount() == 0 ? "" : options.getLayers(0), target);
    List<Plan.Step> steps = Steps.of(options, target, layer);
    int[] rowClasses = ClassRows.of(options.getClassesList(), target);
    Encoding encoding = encoding(options);
    boolean grids =
        encoding == Encoding.ENCODING_GRID_FLOAT16 || encoding == Encoding.ENCODING_GRID_FLOAT32;
    int maps = grids ? 0 : rowClasses.length * steps.size();
    return new Plan(
        target,
        layer,
        steps,
        rowClasses,
        MapSize.of(options.getOutputSize(), target, maps, maxAnswerPixels),
        encoding,
        scaling(options),
        Math.min(predictions(options), target.classes()),
        maxAge(options),
        reader);
  }

  private Target target(String name) throws RefusedException {
    return catalogue
        .find(name)
        .orElseThrow(
            () ->
                new RefusedException(
                    Reason.REASON_UNKNOWN_MODEL,
                    "There is no model \"%s\"; there are: %s."
                        .formatted(
                            name,
                            String.join(", ", catalogue.all().stream().map(Target::name).toList())),
                    Map.of("model", name)));
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

  private static long maxAge(ExplainOptions options) throws RefusedException {
    if (!options.hasMaxAge()) {
      return Item.NO_MAX_AGE;
    }
    Duration age = options.getMaxAge();
    long seconds = age.getSeconds();
    int nanos = age.getNanos();
    if (seconds < 0 || nanos < 0 || nanos > 999_999_999 || (seconds == 0 && nanos == 0)) {
      throw RefusedException.option(
          "max_age", "max_age is %d s and %d ns; it must be positive.".formatted(seconds, nanos));
    }
    return java.time.Duration.ofSeconds(Math.min(seconds, MAX_AGE_SECONDS), nanos).toNanos();
  }
}
