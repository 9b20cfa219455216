package dev.sightline.server.app;

import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ModelStore;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What the model commands share: where the models are, and failing with one sentence. */
abstract class ModelAction implements Callable<Integer> {
  @ParentCommand private ModelCommand parent;
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets both
  ModelAction() {}

  /** Does it; what goes wrong is thrown. */
  abstract void act(PrintWriter out);

  @Override
  public final Integer call() {
    try {
      act(spec.commandLine().getOut());
      return ExitCode.OK;
    } finally {
      spec.commandLine().getOut().flush();
    }
  }

  final void complain(Exception problem) {
    spec.commandLine().getErr().println("sightline: " + problem.getMessage());
    spec.commandLine().getErr().flush();
  }

  /** A model of the store by its name, or any by the path of its folder, which holds a slash. */
  final ModelFolder model(String name) {
    if (name.contains("/")) {
      return ModelFolder.read(Path.of(name));
    }
    ModelStore store = parent.store();
    if (!Files.isDirectory(store.folder(name))) {
      throw new ModelException(
          "there is no model '%s' at %s; `sightline model list` lists those there are"
              .formatted(name, store.directory()));
    }
    return ModelFolder.read(store.folder(name));
  }

  /** Writes a picture as PNG. */
  static void draw(BufferedImage picture, Path file) {
    // The usual stream of ImageIO cannot be had while the program is being ended.
    try (OutputStream out = Files.newOutputStream(file);
        ImageOutputStream png = new MemoryCacheImageOutputStream(out)) {
      ImageIO.write(picture, "png", png);
    } catch (IOException e) {
      throw new ModelException("%s cannot be written: %s".formatted(file, e), e);
    }
  }

  final ModelCommand models() {
    return parent;
  }
}
