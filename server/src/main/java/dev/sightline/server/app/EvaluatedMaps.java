package dev.sightline.server.app;

import dev.sightline.server.app.evaluate.Group;
import dev.sightline.server.app.evaluate.Row;
import dev.sightline.server.app.evaluate.Settings;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.RefusedException;
import dev.sightline.server.explain.Methods;
import dev.sightline.server.explain.measure.Fill;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ServedLayer;
import dev.sightline.server.model.ServedModel;
import dev.sightline.v1.Method;
import dev.sightline.v1.Upsampling;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code sightline evaluate} that say which maps, and how they are measured. */
final class EvaluatedMaps {
  private static final String ALL = "all";
  private static final List<Method> USUAL =
      List.of(
          Method.METHOD_CAM,
          Method.METHOD_GRAD_CAM,
          Method.METHOD_GRAD_CAM_PLUS_PLUS,
          Method.METHOD_XGRAD_CAM,
          Method.METHOD_LAYER_CAM,
          Method.METHOD_EXTENDED_CAM);

  @Option(
      names = "--methods",
      split = ",",
      paramLabel = "METHOD",
      description =
          "Methods, such as grad-cam++, or all. Default: cam, grad-cam, grad-cam++, "
              + "xgrad-cam, layer-cam, extended-cam, as far as the network gives them.")
  List<String> methods = new ArrayList<>();

  @Option(
      names = "--upsampling",
      split = ",",
      paramLabel = "bilinear|gaussian",
      description = "Default: both, if the layer has a sigma.")
  List<String> upsamplings = new ArrayList<>();

  @Option(
      names = "--measures",
      split = ",",
      description = "${COMPLETION-CANDIDATES}. Default: all.")
  Set<Group> measures = EnumSet.allOf(Group.class);

  @Option(names = "--layer", description = "The layer; the model's default one if not given.")
  String layer = "";

  @Option(
      names = "--fill",
      description =
          "What masked pixels become: ${COMPLETION-CANDIDATES}. BLACK is what the "
              + "preprocessing makes of a black pixel, MEAN the image's own mean colour. "
              + "Default: black, but insertion begins with a blurred image.")
  @Nullable Fill fill;

  @Option(
      names = "--steps",
      defaultValue = "32",
      description = "Steps of insertion and deletion. Default: ${DEFAULT-VALUE}")
  int steps;

  @Option(
      names = "--threshold",
      description =
          "The fraction of its maximum at which a map becomes a region: all of it is "
              + "compared with an object mask, its largest connected part is boxed. Default: "
              + "0.2 for CAM, 0.15 for the others.")
  @Nullable Double threshold;

  @Option(
      names = "--samples",
      defaultValue = "8",
      description = "Noisy inputs of the methods that take them. Default: ${DEFAULT-VALUE}")
  int samples;

  @Option(
      names = "--masks",
      defaultValue = "1000",
      description = "Random masks of RISE. Default: ${DEFAULT-VALUE}")
  int masks;

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Where all random numbers begin. Default: ${DEFAULT-VALUE}")
  long seed;

  /**
   * The settings of a model.
   *
   * @param without is told of each of the model's methods that it cannot give, and why, unless the
   *     method was asked for by its name
   * @throws ModelException if such a one cannot be given, or nothing can be explained
   */
  Settings settings(ServedModel model, Planner planner, Consumer<String> without) {
    if (model.layers().isEmpty()) {
      throw new ModelException(model.name() + " has no layer that can be explained");
    }
    ServedLayer served = model.layer(layer);
    List<Upsampling> wanted = upsamplings(served);
    boolean named = !methods.isEmpty() && !methods.contains(ALL);
    List<Method> candidates =
        named
            ? methods.stream().map(Row::method).distinct().toList()
            : methods.isEmpty() ? USUAL : Methods.all();
    Settings all = settings(served, candidates, wanted);
    List<Method> given = new ArrayList<>();
    for (Method method : candidates) {
      try {
        planner.plan(all.options().addMethods(method).build());
        given.add(method);
      } catch (RefusedException e) {
        if (named) {
          throw new ModelException(String.valueOf(e.getMessage()), e);
        }
        without.accept("without %s: %s".formatted(Row.name(method), e.getMessage()));
      }
    }
    return settings(served, given, wanted);
  }

  private List<Upsampling> upsamplings(ServedLayer served) {
    if (!upsamplings.isEmpty()) {
      return upsamplings.stream().map(Row::upsampling).distinct().toList();
    }
    return served.sigma().isPresent()
        ? List.of(Upsampling.UPSAMPLING_BILINEAR, Upsampling.UPSAMPLING_GAUSSIAN)
        : List.of(Upsampling.UPSAMPLING_BILINEAR);
  }

  private Settings settings(ServedLayer served, List<Method> given, List<Upsampling> wanted) {
    return new Settings(
        served.layer().name(),
        given,
        wanted,
        measures,
        fill,
        steps,
        threshold,
        samples,
        masks,
        seed);
  }
}
