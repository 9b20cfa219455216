package dev.sightline.server.app.evaluate;

import dev.sightline.server.graph.Layer;
import dev.sightline.server.model.Checksum;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ServedLayer;
import dev.sightline.server.model.ServedModel;
import dev.sightline.server.model.Sigma;
import dev.sightline.v1.Method;
import dev.sightline.v1.SigmaSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What stands over a table, so that it can be repeated. */
public final class Heading {
  private Heading() {}

  /**
   * Names and values, in the order in which they are read.
   *
   * @param model the model that was measured
   * @param folder where it lies
   * @param settings how it was measured
   * @param asked on what
   */
  public static Map<String, String> of(
      ServedModel model, ModelFolder folder, Settings settings, Map<String, String> asked) {
    ServedLayer served = model.layer(settings.layer());
    Layer layer = served.layer();
    Map<String, String> heading = new LinkedHashMap<>();
    heading.put("model", "%s: %s".formatted(model.name(), model.description()));
    heading.put("sha256", sha256(folder.network().file()));
    if (settings.methods().contains(Method.METHOD_HIGH_RES_CAM)) {
      heading.put("expansion", sha256(folder.path().resolve(ModelFolder.EXPANSION)));
    }
    heading.put(
        "layer",
        "%s, %d x %d x %d"
            .formatted(layer.name(), layer.channels(), layer.height(), layer.width()));
    heading.put(
        "sigma", served.sigma().map(sigma -> sigma(sigma, served.sigmaSource())).orElse("none"));
    heading.put("input", model.preprocessing().describe());
    heading.putAll(asked);
    heading.putAll(words(settings));
    heading.put(
        "versions",
        "Sightline %s, %s, Java %s"
            .formatted(
                System.getProperty("sightline.version", "(version unknown)"),
                model.engineDescription(),
                System.getProperty("java.version")));
    return heading;
  }

  private static Map<String, String> words(Settings settings) {
    Map<String, String> head = new LinkedHashMap<>();
    head.put("methods", String.join(", ", settings.methods().stream().map(Row::name).toList()));
    head.put(
        "measures",
        String.join(", ", settings.groups().stream().sorted().map(Group::name).toList()));
    head.put(
        "masked pixels",
        settings.fill() == null
            ? "black; insertion begins with a blurred image"
            : settings.fill().name());
    head.put("steps", Integer.toString(settings.steps()));
    head.put(
        "threshold",
        settings.threshold() == null
            ? "0.2 of the maximum for CAM, 0.15 for the others"
            : settings.threshold().toString());
    head.put("noisy samples", Integer.toString(settings.samples()));
    head.put("random masks", Integer.toString(settings.masks()));
    head.put("seed", Long.toString(settings.seed()));
    return head;
  }

  private static String sha256(Path file) {
    try {
      return Checksum.sha256(file);
    } catch (IOException e) {
      throw new ModelException("%s cannot be read".formatted(file), e);
    }
  }

  private static String sigma(Sigma sigma, SigmaSource source) {
    return String.format(
        Locale.ROOT,
        "x %.2f, y %.2f pixels (%s)",
        sigma.x(),
        sigma.y(),
        source == SigmaSource.SIGMA_SOURCE_MODEL ? "model.yaml" : "theoretical");
  }
}
