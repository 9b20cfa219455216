package dev.sightline.server.model;

import dev.sightline.server.graph.Graph;
import dev.sightline.server.image.InputShape;
import java.nio.file.Path;

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
   */
  record Onnx(Path file, Graph graph) implements Network {
    @Override
    public InputShape input() {
      return new InputShape(
          graph.input().channels(), graph.input().height(), graph.input().width());
    }

    @Override
    public Network movedTo(Path file) {
      return new Onnx(file, graph);
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
