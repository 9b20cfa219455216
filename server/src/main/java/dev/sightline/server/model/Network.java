package dev.sightline.server.model;

import dev.sightline.server.graph.ExpansionNetwork;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.image.InputShape;
import java.nio.file.Path;
import java.util.Optional;

/** The network of a model, in one of the two forms that a model's folder may hold. */
public sealed interface Network {
  /** The file that holds it. */
  Path file();

  /** The shape of its input. */
  InputShape input();

  /** The same network in another file. */
  Network movedTo(Path file);

  /**
   * model.onnx, which tells everything about itself and can be explained at many layers.
   *
   * @param graph the network
   * @param expansion what lies beside it as expansion.onnx and rebuilds its input from its layers,
   *     if there is one
   */
  record Onnx(Path file, Graph graph, Optional<ExpansionNetwork> expansion) implements Network {
    @Override
    public InputShape input() {
      return new InputShape(
          graph.input().channels(), graph.input().height(), graph.input().width());
    }

    @Override
    public Network movedTo(Path file) {
      return new Onnx(file, graph, expansion);
    }
  }

  /**
   * model.pt, a TorchScript module of two methods. Its one layer is what {@code features} gives and
   * {@code head} takes; only an engine that has it open knows its shape and its classes.
   *
   * @param input the shape of its input, from model.yaml
   */
  record TorchScript(Path file, InputShape input) implements Network {
    /** The name of its one layer. */
    public static final String LAYER = "features";

    @Override
    public Network movedTo(Path file) {
      return new TorchScript(file, input);
    }
  }
}
