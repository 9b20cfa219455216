package dev.sightline.server.app;

import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.EngineSettings.Device;
import dev.sightline.server.engine.Engines;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.Sigma;
import dev.sightline.server.model.field.FieldMeter;
import dev.sightline.server.model.field.FieldPicture;
import dev.sightline.server.model.field.Gaussian;
import dev.sightline.server.model.field.GaussianFit;
import dev.sightline.server.model.field.Influence;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sightline model fit-receptive-field}. */
@Command(
    name = "fit-receptive-field",
    description = {
      "Measures what a layer sees, and writes its sigma into model.yaml.",
      "How strongly each pixel moves the layer's centre cell (row h/2, column w/2,",
      "rounded down) is averaged over images and fitted with a Gaussian by least",
      "squares; Extended-CAM's upsampling finds its sigma in model.yaml.",
      "The file is written anew: comments in it are lost."
    })
final class ModelFitReceptiveFieldCommand extends ModelAction {

  @Parameters(
      paramLabel = "MODEL",
      description = "A model of `sightline model list`, or the path of a model's folder.")
  private String name;

  @Option(names = "--layer", description = "The layer; the model's default one if not given.")
  private @Nullable String layer;

  @Option(
      names = "--images",
      required = true,
      paramLabel = "DIR",
      description = "A folder of photographs, with the folders in it. A hundred are good.")
  private Path images;

  @Option(
      names = "--out",
      paramLabel = "FILE.png",
      description = "Where to draw data and fit; in the model's folder if not given.")
  private @Nullable Path out;

  @Option(
      names = "--dry-run",
      description = "Leave the model's folder as it is; draw only where --out says.")
  private boolean dryRun;

  @SuppressWarnings("NullAway.Init") // picocli sets what is required
  ModelFitReceptiveFieldCommand() {}

  @Override
  void act(PrintWriter print) {
    ModelFolder model = model(name);
    String wanted = layer == null ? model.defaultLayer() : layer;
    List<Path> files = ImageFiles.under(images);
    int cores = Runtime.getRuntime().availableProcessors();
    EngineSettings settings = new EngineSettings(Device.CPU, 0, cores, 1, false, null);
    try (FieldMeter meter = new FieldMeter(model, wanted, new Engines(settings))) {
      Influence influence = measure(meter, files, print);
      fit(model, meter.layer(), influence, GaussianFit.of(influence), print);
    }
  }

  private void fit(
      ModelFolder model, Layer of, Influence influence, GaussianFit fit, PrintWriter print) {
    FieldText.lines(model, of, influence, fit).forEach(print::println);
    Path picture = out;
    if (picture == null && !dryRun) {
      picture =
          model
              .path()
              .resolve("receptive-field-%s.png".formatted(of.name().replaceAll("[^\\w.-]+", "-")));
    }
    if (picture != null) {
      draw(
          FieldPicture.draw(
              influence,
              fit.gaussian(),
              FieldText.title(model.name(), of),
              FieldText.subtitle(influence, fit)),
          picture);
      print.println("  picture  " + picture);
    }
    if (dryRun) {
      print.println("  sigma was not written (--dry-run)");
    } else {
      Gaussian gaussian = fit.gaussian();
      ModelFolder written =
          model.withSigma(of.name(), new Sigma(round(gaussian.sigmaX()), round(gaussian.sigmaY())));
      print.println("  written  " + written.path().resolve(ModelFolder.CARD));
    }
  }

  private Influence measure(FieldMeter meter, List<Path> files, PrintWriter print) {
    ImageFiles.read(files, meter::add).forEach(print::println);
    if (meter.images() == 0) {
      throw new ModelException("no image in %s could be used".formatted(images));
    }
    return meter.field();
  }

  /** To a hundredth of a pixel, which is more than is known. */
  private static float round(double sigma) {
    return Math.max(0.01f, Math.round(sigma * 100) / 100f);
  }
}
