package dev.sightline.server.app;

import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.ReceptiveField;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.Network;
import dev.sightline.server.model.field.Gaussian;
import dev.sightline.server.model.field.GaussianFit;
import dev.sightline.server.model.field.Influence;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A fitted receptive field in words. */
final class FieldText {
  /** An R² from which a Gaussian is said to fit. */
  private static final double GOOD = 0.9;

  private FieldText() {}

  static String title(String model, Layer layer) {
    return "%s, %s: what its centre cell sees".formatted(model, layer.name());
  }

  static String subtitle(Influence influence, GaussianFit fit) {
    return String.format(
        Locale.ROOT,
        "σ %.1f × %.1f px    R² %.3f    %s",
        fit.gaussian().sigmaX(),
        fit.gaussian().sigmaY(),
        fit.rSquared(),
        images(influence));
  }

  static List<String> lines(ModelFolder model, Layer layer, Influence influence, GaussianFit fit) {
    Gaussian gaussian = fit.gaussian();
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s, layer %s: row %d, column %d of %d x %d, %s"
            .formatted(
                model.name(),
                layer.name(),
                layer.height() / 2,
                layer.width() / 2,
                layer.height(),
                layer.width(),
                images(influence)));
    lines.add(
        String.format(
            Locale.ROOT,
            "  sigma    x %.2f, y %.2f pixels of %d x %d%s",
            gaussian.sigmaX(),
            gaussian.sigmaY(),
            influence.height(),
            influence.width(),
            theory(model, layer)));
    lines.add(
        String.format(
            Locale.ROOT, "  centre   x %.1f, y %.1f", gaussian.centreX(), gaussian.centreY()));
    lines.add(String.format(Locale.ROOT, "  R2       %.4f", fit.rSquared()));
    if (fit.holes() > 0) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  holes    %d pixels inside the field move nothing and were left out; R2 %.4f with"
                  + " them",
              fit.holes(),
              fit.rSquaredWithHoles()));
    }
    if (fit.chance() > 0) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  chance   %.4f of the variance is of these images alone; R2 %.4f of the rest",
              fit.chance(),
              fit.rSquaredBeyondChance()));
    }
    if (fit.rSquared() < GOOD) {
      lines.add(
          fit.rSquaredBeyondChance() >= GOOD
              ? "  R2 is low because the images are few; more of them would raise it"
              : "  R2 is low: what the cell sees is not quite a Gaussian, as the picture shows");
    }
    return lines;
  }

  /** A TorchScript module tells nothing of it. */
  private static String theory(ModelFolder model, Layer layer) {
    if (model.network() instanceof Network.TorchScript) {
      return "";
    }
    ReceptiveField field = model.graph().receptiveField(layer.name());
    return String.format(Locale.ROOT, "; %.1f, %.1f in theory", field.sigmaX(), field.sigmaY());
  }

  private static String images(Influence influence) {
    return influence.images() == 1 ? "1 image" : influence.images() + " images";
  }
}
