package dev.sightline.server.app;

import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.PassShape;
import dev.sightline.server.engine.PyTorch;
import dev.sightline.server.engine.TorchBackend;
import dev.sightline.server.engine.TorchFile;
import dev.sightline.server.explain.Gradients;
import dev.sightline.server.explain.Methods;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.ReceptiveField;
import dev.sightline.server.graph.ReluRule;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.Network;
import dev.sightline.server.model.Sigma;
import dev.sightline.v1.Method;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sightline model show}. */
@Command(
    name = "show",
    description = "Shows a model: its input, its layers, and what they can explain.")
final class ModelShowCommand extends ModelAction {
  @Parameters(
      paramLabel = "NAME",
      description = "A model of `sightline model list`, or the path of a model's folder.")
  private String name;

  @Option(
      names = "--graph",
      description =
          "Show what the graph that explains a layer is made of, and what of it TensorRT"
              + " does not take.")
  private boolean graph;

  @Option(names = "--layer", description = "The layer of --graph; the default one if not given.")
  private @Nullable String layer;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  ModelShowCommand() {}

  @Override
  void act(PrintWriter out) {
    ModelFolder model = model(name);
    if (graph) {
      String wanted = layer == null ? model.defaultLayer() : layer;
      String text = GraphText.of(model.graph().explain(wanted).report());
      out.printf("%s, layer %s%n", model.name(), wanted);
      out.print(text);
      return;
    }
    if (layer != null) {
      throw new ModelException("--layer goes with --graph");
    }
    out.println(ModelText.summary(model));
    out.println("  size    " + ModelText.size(model));
    if (model.card().license() != null) {
      out.println("  licence " + model.card().license());
    }
    if (model.card().origin() != null) {
      out.println("  origin  " + model.card().origin());
    }
    out.println("  expands " + ModelText.expansion(model));
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "LAYER", "OPERATOR", "GRID", "SIGMA X, Y", "FROM", "METHODS"));
    if (model.network() instanceof Network.TorchScript torch) {
      rows.add(row(model, torch));
    } else {
      for (Layer layer : model.graph().layers()) {
        rows.add(row(model, layer));
      }
    }
    out.println();
    out.print(ModelText.table(rows));
    out.println();
    out.println("* explained where none is named; grid: maps x rows x columns; sigma in pixels");
    Map<Method, String> obstacles = obstacles(model);
    out.println("all: " + names(method -> !obstacles.containsKey(method)));
    for (String why : new LinkedHashSet<>(obstacles.values())) {
      out.printf("no layer gives %s: %s%n", names(m -> why.equals(obstacles.get(m))), why);
    }
  }

  /** The methods that no layer of the model gives, with the reason. */
  private static Map<Method, String> obstacles(ModelFolder model) {
    Map<Method, String> obstacles = new EnumMap<>(Method.class);
    for (Method method : Methods.all()) {
      if (Methods.of(method).orElseThrow().readsRebuilt()) {
        model.expansionObstacle().ifPresent(why -> obstacles.put(method, why));
      }
      Methods.of(method).orElseThrow().reads().stream()
          .filter(gradients -> gradients != Gradients.OF_LAYER)
          .map(ServedTarget::rule)
          .flatMap(rule -> obstacle(model, rule).stream())
          .findFirst()
          .ifPresent(why -> obstacles.put(method, why));
    }
    return obstacles;
  }

  private static Optional<String> obstacle(ModelFolder model, ReluRule rule) {
    if (model.network() instanceof Network.TorchScript) {
      return rule == ReluRule.PLAIN
          ? Optional.empty()
          : Optional.of("%s needs an ONNX graph".formatted(rule.inWords()));
    }
    return model.graph().obstacle(rule);
  }

  private static List<String> row(ModelFolder model, Layer layer) {
    ReceptiveField field = model.graph().receptiveField(layer.name());
    Sigma measured = model.sigmas().get(layer.name());
    String sigma =
        measured == null
            ? sigma(field.sigmaX(), field.sigmaY())
            : sigma(measured.x(), measured.y());
    return List.of(
        layer.name().equals(model.defaultLayer()) ? "*" : "",
        layer.name(),
        layer.operator(),
        grid(layer.channels(), layer.height(), layer.width()),
        sigma,
        measured == null ? "theory" : "model.yaml",
        methods(
            model.graph().poolingAndLinear(layer.name()),
            model.graph().headObstacle(layer.name()).isEmpty()));
  }

  /** What only the engine knows of a module is asked of the engine. */
  private static List<String> row(ModelFolder model, Network.TorchScript torch) {
    InputShape input = torch.input();
    TorchFile file = new TorchFile(torch.file(), input.channels(), input.height(), input.width());
    try (TorchBackend backend = new PyTorch(EngineSettings.cpu(1)).open(file, model.name())) {
      PassShape shape = backend.shape();
      Sigma measured = model.sigmas().get(Network.TorchScript.LAYER);
      return List.of(
          "*",
          Network.TorchScript.LAYER,
          "TorchScript",
          grid(shape.gridChannels(), shape.gridHeight(), shape.gridWidth()),
          measured == null ? "unknown" : sigma(measured.x(), measured.y()),
          measured == null ? "" : "model.yaml",
          methods(backend.poolingAndLinear(), true));
    }
  }

  private static String grid(int channels, int height, int width) {
    return "%d x %d x %d".formatted(channels, height, width);
  }

  private static String sigma(double x, double y) {
    return String.format(Locale.ROOT, "%.1f, %.1f", x, y);
  }

  /** What a layer gives of the methods that the model gives at all. */
  private static String methods(boolean poolingAndLinear, boolean head) {
    String lacking =
        names(
            method ->
                (!poolingAndLinear && Methods.needsPoolingAndLinear(method))
                    || (!head && Methods.of(method).orElseThrow().altersActivation()));
    return lacking.isEmpty() ? "all" : "all but " + lacking;
  }

  private static String names(Predicate<Method> which) {
    return Methods.all().stream()
        .filter(which)
        .map(method -> method.name().replace("METHOD_", ""))
        .collect(Collectors.joining(", "));
  }
}
