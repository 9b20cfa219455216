package dev.sightline.server.app;

import dev.sightline.server.graph.Decoder;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.image.Preprocessing;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.expansion.ExpansionFile;
import dev.sightline.server.model.expansion.ExpansionTraining;
import dev.sightline.server.model.expansion.Measurement;
import dev.sightline.server.model.expansion.TrainingSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The training of an expansion network in words. */
record ExpansionText(
    ModelFolder model, Decoder decoder, TrainingSettings settings, ExpansionTraining training) {

  List<String> before() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: a decoder of %d parameters from %d x %d to %d x %d"
            .formatted(
                model.name(),
                decoder.parameters(),
                decoder.skips().get(0).height(),
                decoder.skips().get(0).width(),
                decoder.image().height(),
                decoder.image().width()));
    for (Layer layer : decoder.skips()) {
      lines.add(
          "  takes    %s, %d x %d x %d"
              .formatted(layer.name(), layer.channels(), layer.height(), layer.width()));
    }
    lines.add(
        "  learns   from %d photographs, %d a step, %d held out"
            .formatted(
                training.learntFrom(),
                Math.min(settings.batch(), training.learntFrom()),
                training.heldOut()));
    return lines;
  }

  static String why(ExpansionTraining.End end, int steps) {
    return switch (end) {
      case DONE -> "ended after %d steps".formatted(steps);
      case EARLY ->
          "ended early after %d steps: held-out photographs are rebuilt no better".formatted(steps);
      case STOPPED -> "interrupted after %d steps; --resume goes on".formatted(steps);
    };
  }

  List<String> after(ExpansionFile expansion, Path file, Path folder) {
    return List.of(
        String.format(
            Locale.ROOT,
            "  held out a loss of %.4f after %d steps, where 1 is the photographs' variance",
            training.best().heldOut(),
            training.best().step()),
        String.format(
            Locale.ROOT,
            "  proven   ONNX Runtime and PyTorch differ by %.1e of the reconstruction's norm",
            expansion.difference()),
        "  pictures %s, %s"
            .formatted(folder.resolve("loss.png"), folder.resolve("reconstructions.png")),
        "  written  " + file);
  }

  String title() {
    return "%s: rebuilt from its features".formatted(model.name());
  }

  String subtitle() {
    Measurement best = training.best();
    return String.format(
        Locale.ROOT,
        "loss %.4f on %d held-out photographs after %d steps",
        best.heldOut(),
        training.heldOut(),
        best.step());
  }

  Preprocessing preprocessing() {
    return model.preprocessing();
  }

  /** What the file tells of itself; the same training gives the same file. */
  Map<String, String> metadata() {
    Measurement best = training.best();
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("sightline.model", model.name());
    metadata.put("sightline.images", Integer.toString(training.learntFrom()));
    metadata.put("sightline.held_out_images", Integer.toString(training.heldOut()));
    metadata.put("sightline.steps", Integer.toString(best.step()));
    metadata.put("sightline.batch", Integer.toString(settings.batch()));
    metadata.put("sightline.loss", Double.toString(best.training()));
    metadata.put("sightline.held_out_loss", Double.toString(best.heldOut()));
    metadata.put("sightline.size", Integer.toString(settings.base()));
    metadata.put("sightline.seed", Long.toString(settings.seed()));
    return metadata;
  }
}
