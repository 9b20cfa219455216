package dev.sightline.server.app;

import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.PyTorch;
import dev.sightline.server.engine.TorchBackend;
import dev.sightline.server.engine.TorchFile;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphException;
import dev.sightline.server.graph.ReluRule;
import dev.sightline.server.image.ChannelOrder;
import dev.sightline.server.model.Labels;
import dev.sightline.server.model.ModelCard;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ModelStore;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sightline model add}. */
@Command(
    name = "add",
    description = {
      "Takes an ONNX or TorchScript classifier into the user's models.",
      "Of a TorchScript module the methods features and head; see `sightline model export-torch`.",
      "An input value is (x - mean) / std, where a white pixel's x is that of --scale."
    })
final class ModelAddCommand extends ModelAction {
  private static final double WHITE = 255;
  private static final Pattern SIZE = Pattern.compile("[1-9]\\d{0,4}x[1-9]\\d{0,4}");

  @Parameters(
      paramLabel = "FILE",
      description = "FILE.onnx or FILE.pt: one float32 input N x C x H x W, logits N x classes.")
  private Path file;

  @Option(names = "--name", description = "What to call it; the file's name if not given.")
  private @Nullable String name;

  @Option(names = "--labels", description = "One label a line, line i for class i.")
  private @Nullable Path labels;

  @Option(names = "--mean", split = ",", description = "One mean a channel, or one; default 0.")
  private float[] mean = {0};

  @Option(names = "--std", split = ",", description = "One std a channel, or one; default 1.")
  private float[] std = {1};

  @Option(
      names = "--scale",
      defaultValue = "255",
      description = "What a white pixel is to --mean and --std: 255 (the default), or 1.")
  private float scale;

  @Option(names = "--order", description = "RGB, BGR or GREY; default RGB, or GREY for 1 channel.")
  private @Nullable ChannelOrder order;

  @Option(
      names = "--resize",
      defaultValue = "stretch",
      description = "stretch (the default), or such as center-crop:256.")
  private String resize;

  @Option(
      names = "--size",
      paramLabel = "ROWSxCOLUMNS",
      description = "The size of a TorchScript module's input, which its file does not tell.")
  private @Nullable String size;

  @Option(
      names = "--output",
      paramLabel = "NAME",
      description = "The output that is the logits, of an ONNX network with several.")
  private @Nullable String output;

  @Option(names = "--layer", description = "The layer to explain where none is named.")
  private @Nullable String layer;

  @Option(names = "--description", description = "A line about it.")
  private @Nullable String description;

  @Option(names = "--license", description = "The licence of its weights.")
  private @Nullable String license;

  @Option(names = "--replace", description = "Replace a model of that name.")
  private boolean replace;

  @SuppressWarnings("NullAway.Init") // picocli sets what is required or has a default
  ModelAddCommand() {}

  @Override
  void act(PrintWriter out) {
    boolean torch = String.valueOf(file.getFileName()).endsWith(".pt");
    ModelFolder model = torch ? addTorch() : addOnnx();
    out.println(ModelText.summary(model));
    if (model.defaultLayer().isEmpty()) {
      out.println(
          "  no layer can be explained, only the network as a black box: "
              + model
                  .graph()
                  .obstacle(ReluRule.PLAIN)
                  .orElse("no tensor is a grid of feature maps"));
    }
    if (labels == null) {
      out.println("  no labels were given: classes are called by their numbers");
    }
  }

  private ModelFolder addOnnx() {
    if (size != null) {
      throw new ModelException("--size is for TorchScript: %s tells its own".formatted(file));
    }
    Graph graph = output == null ? Graph.read(file) : Graph.read(file, output);
    ModelCard card = card(graph.input().channels(), null, null);
    Labels named = labels(graph.classes());
    if (layer != null || !graph.layers().isEmpty()) {
      explain(graph, layer == null ? graph.defaultLayer().name() : layer);
    }
    // The file as it is, unless one of its outputs was chosen: that is all that model.onnx has
    // then.
    ModelStore.NetworkFileWriter network =
        output == null ? onnx -> Files.copy(file, onnx) : graph.model()::writeTo;
    return models().store().install(card, named, network, replace);
  }

  private ModelFolder addTorch() {
    if (output != null) {
      throw new ModelException(
          "--output is for ONNX: the logits of %s are what its method head gives".formatted(file));
    }
    if (size == null || !SIZE.matcher(size).matches()) {
      throw new ModelException(
          "%s does not tell the size of its input: give it as --size ROWSxCOLUMNS, such as 224x224"
              .formatted(file));
    }
    String[] sides = size.split("x", -1);
    int height = Integer.parseInt(sides[0]);
    int width = Integer.parseInt(sides[1]);
    int channels = order == null ? ChannelOrder.RGB.channels() : order.channels();
    int classes;
    try (TorchBackend backend =
        new PyTorch(EngineSettings.cpu(1))
            .open(new TorchFile(file, channels, height, width), String.valueOf(file))) {
      classes = backend.shape().classes();
    }
    return models()
        .store()
        .install(
            card(channels, height, width),
            labels(classes),
            ModelFolder.TORCH,
            module -> Files.copy(file, module),
            replace);
  }

  private Labels labels(int classes) {
    Labels named = labels == null ? Labels.numbered(classes) : Labels.read(labels);
    if (named.size() != classes) {
      throw new ModelException(
          "%s has %d labels where the network has %d classes"
              .formatted(labels, named.size(), classes));
    }
    return named;
  }

  private ModelCard card(int channels, @Nullable Integer height, @Nullable Integer width) {
    ChannelOrder taken = order;
    if (taken == null) {
      taken = channels == 1 ? ChannelOrder.GREY : ChannelOrder.RGB;
    }
    if (taken.channels() != channels) {
      throw new ModelException(
          "--order %s does not fit %s, which takes %d channels".formatted(taken, file, channels));
    }
    if (!(scale > 0)) {
      throw new ModelException("--scale %s is not positive".formatted(scale));
    }
    ModelCard.Input input =
        new ModelCard.Input(
            taken,
            perChannel("--mean", mean, channels),
            perChannel("--std", std, channels),
            resize,
            height,
            width);
    try {
      input.preprocessing();
    } catch (IllegalArgumentException e) {
      throw new ModelException(e.getMessage() == null ? "" : e.getMessage(), e);
    }
    return new ModelCard(
        name == null ? nameOf(file) : name,
        description == null ? "added from " + file.getFileName() : description,
        input,
        layer,
        null,
        null,
        license,
        null);
  }

  private float[] perChannel(String option, float[] values, int channels) {
    if (values.length != 1 && values.length != channels) {
      throw new ModelException(
          "%s has %d values where %s takes %d channels"
              .formatted(option, values.length, file, channels));
    }
    float[] result = new float[channels];
    for (int c = 0; c < channels; c++) {
      // In double, for in float 0.224 * 255 is not 57.12 but 57.120003.
      result[c] = (float) (values[values.length == 1 ? 0 : c] * WHITE / scale);
    }
    return result;
  }

  /** Every operator behind the layer must be one that can be differentiated. */
  private void explain(Graph graph, String at) {
    try {
      graph.explain(at);
    } catch (GraphException e) {
      throw new ModelException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static String nameOf(Path file) {
    return String.valueOf(file.getFileName())
        .toLowerCase(Locale.ROOT)
        .replaceFirst("\\.(onnx|pt)$", "")
        .replaceAll("[^a-z0-9._-]+", "-");
  }
}
