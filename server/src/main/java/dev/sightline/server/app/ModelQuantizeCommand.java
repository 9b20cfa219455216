package dev.sightline.server.app;

import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.Engines;
import dev.sightline.server.model.ModelCard;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.quantize.Calibration;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sightline model quantize}. */
@Command(
    name = "quantize",
    description = {
      "Makes a model whose convolutions compute with bytes (int8): two to four times as fast on",
      "processors that know how, a third of the size. What is behind the last map, and the",
      "gradient there, stay float32. How large values become is measured on photographs; every",
      "fourth is kept to measure how far the maps of the new model are from those of the old one."
    })
final class ModelQuantizeCommand extends ModelAction {
  private static final int HELD_OUT = 4;

  @Parameters(
      paramLabel = "MODEL",
      description = "A model of `sightline model list`, or the path of a model's folder.")
  private String name;

  @Option(
      names = "--images",
      required = true,
      paramLabel = "DIR",
      description = {
        "A folder of photographs such as the model will see, with the folders in it. A hundred",
        "are good."
      })
  private Path images;

  @Option(names = "--name", description = "What to call it; MODEL-int8 if not given.")
  private @Nullable String newName;

  @Option(
      names = "--weight-bits",
      defaultValue = "7",
      paramLabel = "7|8",
      description = {
        "Bits of a weight. Eight are more exact, but x86 processors without VNNI or AVX-VNNI then",
        "compute wrongly. Default: ${DEFAULT-VALUE}"
      })
  private int weightBits;

  @Option(names = "--replace", description = "Replace a model of that name.")
  private boolean replace;

  @SuppressWarnings("NullAway.Init") // picocli sets what is required
  ModelQuantizeCommand() {}

  @Override
  void act(PrintWriter print) {
    if (weightBits != 7 && weightBits != 8) {
      throw new ModelException("--weight-bits is 7 or 8, not " + weightBits);
    }
    ModelFolder model = model(name);
    List<Path> calibrated = new ArrayList<>();
    List<Path> heldOut = new ArrayList<>();
    for (Path file : ImageFiles.under(images)) {
      int count = calibrated.size() + heldOut.size() + 1;
      (count % HELD_OUT == 0 ? heldOut : calibrated).add(file);
    }
    Engines engines = new Engines(EngineSettings.cpu(1));
    ModelFolder made;
    try (Calibration calibration = new Calibration(model, engines)) {
      ImageFiles.read(calibrated, calibration::add).forEach(print::println);
      if (calibration.images() == 0) {
        throw new ModelException("no image in %s could be used".formatted(images));
      }
      made =
          models()
              .store()
              .install(
                  card(model.card()),
                  model.labels(),
                  calibration.quantized(weightBits)::writeTo,
                  replace);
      print.println(ModelText.summary(made));
      print.printf(
          "  int8    %d convolutions, weights of %d bits, ranges of %d images%n",
          calibration.convolutions(), weightBits, calibration.images());
    }
    compare(model, made, engines, heldOut, print);
  }

  private ModelCard card(ModelCard of) {
    return new ModelCard(
        newName == null ? of.name() + "-int8" : newName,
        of.description() + ", int8",
        of.input(),
        of.layer(),
        of.sigma(),
        null,
        of.license(),
        of.origin());
  }

  private static void compare(
      ModelFolder model, ModelFolder made, Engines engines, List<Path> heldOut, PrintWriter print) {
    try (Fidelity fidelity = new Fidelity(model, made, engines)) {
      ImageFiles.read(heldOut, fidelity::add).forEach(print::println);
      if (fidelity.images() == 0) {
        print.println(
            "  how far it is from %s was not measured: too few images".formatted(model.name()));
        return;
      }
      print.println("  beside %s, on the images kept for this:".formatted(model.name()));
      fidelity.lines().forEach(line -> print.println("          " + line));
    }
  }
}
