package dev.sightline.server.app;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.EngineSettings.Device;
import dev.sightline.server.engine.Engines;
import dev.sightline.server.engine.FeatureBackend;
import dev.sightline.server.engine.TorchDecoder;
import dev.sightline.server.graph.Decoder;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.model.AtomicFile;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.expansion.ExpansionFile;
import dev.sightline.server.model.expansion.ExpansionTraining;
import dev.sightline.server.model.expansion.LossPicture;
import dev.sightline.server.model.expansion.Photographs;
import dev.sightline.server.model.expansion.ReconstructionPicture;
import dev.sightline.server.model.expansion.Samples;
import dev.sightline.server.model.expansion.TrainingSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sightline model train-expansion}. */
@Command(
    name = "train-expansion",
    description = {
      "Trains a model's expansion network, which HIGH_RES_CAM needs, and writes expansion.onnx.",
      "It is a decoder that learns to rebuild photographs from the features of the classifier,",
      "which stays as it is. No labels are needed, and any photographs of the kind that are to be",
      "explained will do. Ctrl-C ends it with what is best so far; --resume goes on. Needs PyTorch:",
      "SIGHTLINE_PYTORCH=1 sightline model train-expansion ..."
    })
final class ModelTrainExpansionCommand extends ModelAction {
  private static final String CHECKPOINT = "checkpoint.bin";
  private static final int SHOWN = 6;

  @Parameters(
      paramLabel = "MODEL",
      description = "A model of `sightline model list`, or the path of a model's folder.")
  private String name;

  @Option(
      names = "--images",
      required = true,
      paramLabel = "DIR",
      description = "A folder of photographs, with the folders in it. A hundred are good.")
  private Path images;

  @Option(
      names = "--size",
      defaultValue = "small",
      paramLabel = "small|medium|large|N",
      description = {
        "How large the decoder is: N channels at the input's resolution and up to eight times as many",
        "below it. small is 8, medium 16, large 32. Default: ${DEFAULT-VALUE}"
      })
  private String size;

  @Option(
      names = "--steps",
      defaultValue = "1500",
      description = "Batches to learn from, at most. Default: ${DEFAULT-VALUE}")
  private int steps;

  @Option(
      names = "--epochs",
      description = "In place of --steps: how often to learn from every photograph.")
  private @Nullable Integer epochs;

  @Option(
      names = "--batch",
      defaultValue = "4",
      description = "Photographs in a batch, 1 to 256. Default: ${DEFAULT-VALUE}")
  private int batch;

  @Option(
      names = "--held-out",
      defaultValue = "0.15",
      description = {
        "The share of the photographs that is not learnt from but tells how well others are rebuilt.",
        "Default: ${DEFAULT-VALUE}"
      })
  private double heldOut;

  @Option(
      names = "--patience",
      defaultValue = "15",
      description = {
        "After how many measurements without a better one to end. There is one an epoch, but 25 to",
        "250 steps apart. Default: ${DEFAULT-VALUE}"
      })
  private int patience;

  @Option(
      names = "--rate",
      defaultValue = "1",
      description = "What Adadelta's steps are multiplied by. Default: ${DEFAULT-VALUE}")
  private double rate;

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Where all random numbers begin. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Option(
      names = "--output",
      paramLabel = "FILE.onnx",
      description = "Where to write it; expansion.onnx in the model's folder if not given.")
  private @Nullable Path output;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description = {
        "Where the checkpoint is kept and the pictures of the loss and of reconstructions are",
        "drawn; the folder expansion-training beside the output if not given."
      })
  private @Nullable Path work;

  @Option(
      names = "--resume",
      description = "Go on where the training in that folder ended, say with more --steps.")
  private boolean resume;

  @Option(
      names = "--device",
      defaultValue = "CPU",
      description =
          "CPU or CUDA. What cannot be had falls back to the CPU with a warning."
              + " Default: ${DEFAULT-VALUE}")
  private Device device;

  @Option(
      names = "--threads",
      defaultValue = "0",
      description = {
        "Threads; 0 is one a core. With as many again a training repeats to the last bit.",
        "Default: ${DEFAULT-VALUE}"
      })
  private int threads;

  @SuppressWarnings("NullAway.Init") // picocli sets what is required
  ModelTrainExpansionCommand() {}

  @Override
  void act(PrintWriter print) {
    ModelFolder model = model(name);
    Path file = output == null ? model.path().resolve(ModelFolder.EXPANSION) : output;
    Path folder = work == null ? file.resolveSibling("expansion-training") : work;
    TrainingSettings checked = settings(steps);
    List<Layer> layers = model.graph().skips(model.defaultLayer());
    Decoder decoder = Decoder.of(layers, model.graph().input(), checked.base());
    EngineSettings engine = engine(device);
    try (TorchDecoder torch = new TorchDecoder(decoder, engine);
        FeatureBackend classifier =
            new Engines(engine)
                .open(
                    model.graph().features(decoder.skips().stream().map(Layer::name).toList()),
                    model.name())) {
      Photographs photographs = photographs(model, print);
      TrainingSettings settings =
          epochs == null ? checked : settings(checked.stepsOf(epochs, photographs.files().size()));
      Path checkpoint = folder.resolve(CHECKPOINT);
      ExpansionTraining training =
          (resume
                  ? ExpansionTraining.resume(checkpoint, settings, photographs, classifier, torch)
                  : ExpansionTraining.begin(settings, photographs, classifier, torch))
              .keeping(checkpoint);
      ExpansionText text = new ExpansionText(model, decoder, settings, training);
      text.before().forEach(print::println);
      print.flush();
      train(training, settings, print, () -> finish(text, training, file, folder, print));
    }
  }

  private TrainingSettings settings(int most) {
    return new TrainingSettings(base(), batch, most, heldOut, patience, rate, seed);
  }

  private int base() {
    return switch (size) {
      case "small" -> 8;
      case "medium" -> 16;
      case "large" -> 32;
      default -> {
        try {
          yield Integer.parseInt(size);
        } catch (NumberFormatException e) {
          throw new ModelException(
              "--size is '%s'; it is small, medium, large or a number of channels".formatted(size),
              e);
        }
      }
    };
  }

  private EngineSettings engine(Device on) {
    int batches = Integer.highestOneBit(Math.max(1, 2 * batch - 1));
    int cores = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    return new EngineSettings(on, 0, cores, batches, false, null);
  }

  private Photographs photographs(ModelFolder model, PrintWriter print) {
    Photographs photographs = new Photographs(model.inputShape(), model.preprocessing());
    List<Path> files = ImageFiles.under(images);
    List<String> skipped = new ArrayList<>();
    try (ProgressBar bar = ImageBar.of(files.size())) {
      photographs.add(
          files,
          skipped::add,
          () -> {
            if (bar != null) {
              bar.step();
            }
          });
    }
    skipped.forEach(line -> print.println("skipped " + line));
    return photographs;
  }

  /** Trains, and finishes whether it came to its end or was interrupted. */
  private static void train(
      ExpansionTraining training, TrainingSettings settings, PrintWriter print, Runnable finish) {
    AtomicBoolean interrupted = new AtomicBoolean();
    Interruption interruption = new Interruption(() -> interrupted.set(true));
    try {
      ExpansionTraining.End end;
      int done = training.steps();
      try (ProgressBar bar = ImageBar.of("steps", Math.max(0, settings.steps() - done))) {
        end = training.run(new TrainingProgress(bar, done, print, interrupted::get));
      }
      print.println(ExpansionText.why(end, training.steps()));
      finish.run();
      print.flush();
    } finally {
      interruption.over();
    }
  }

  private void write(ModelProto expansion, ModelFolder model, Path file) {
    if (output == null) {
      ModelFolder unused = model.withExpansion(expansion);
      return;
    }
    try {
      AtomicFile.write(file, expansion::writeTo);
    } catch (IOException e) {
      throw new ModelException("%s cannot be written: %s".formatted(file, e), e);
    }
  }

  private void finish(
      ExpansionText text, ExpansionTraining training, Path file, Path folder, PrintWriter print) {
    // A GPU may round to fewer digits by itself, which is nothing that a proof should see.
    EngineSettings exact = engine(Device.CPU);
    Samples samples;
    try (TorchDecoder torch = new TorchDecoder(text.decoder(), exact)) {
      samples = training.samples(SHOWN, torch);
    }
    ExpansionFile expansion =
        ExpansionFile.of(
            text.decoder(),
            text.model().graph(),
            training.weights(),
            samples,
            text.metadata(),
            exact);
    write(expansion.proven(), text.model(), file);
    draw(
        LossPicture.draw(training.curve(), text.title(), text.subtitle()),
        folder.resolve("loss.png"));
    draw(
        ReconstructionPicture.draw(samples, text.preprocessing(), text.title(), text.subtitle()),
        folder.resolve("reconstructions.png"));
    text.after(expansion, file, folder).forEach(print::println);
  }
}
