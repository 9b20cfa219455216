package dev.sightline.server.app;

import dev.sightline.server.model.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code sightline model export-torch}: the Python side of TorchScript, which Java cannot do. */
@Command(
    name = "export-torch",
    description = "Says how a PyTorch network becomes a model, and writes the script that does it.")
final class ModelExportTorchCommand extends ModelAction {
  private static final String SCRIPT = "export_torch.py";

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE.py",
      description = "Where to write the script; without, only say how.")
  private @Nullable Path file;

  @SuppressWarnings("NullAway.Init") // picocli sets what is given
  ModelExportTorchCommand() {}

  @Override
  void act(PrintWriter out) {
    if (file == null) {
      out.print(
          """
          A model for the PyTorch engine is a TorchScript module with two methods:
            features  images N x C x H x W to the map N x K x h x w that is explained
            head      that map to logits N x classes; gradients are taken of this alone
          A script finds where to cut a network and writes such a module:

            sightline model export-torch export_torch.py
            python3 export_torch.py torchvision.models:resnet18 resnet18.pt --weights resnet18.pth
            sightline model add resnet18.pt --size 224x224 --resize center-crop:256 --scale 1 \\
              --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --labels labels.txt

          It takes any network that torch.fx can trace, named as MODULE:FUNCTION, or from Python as
          export(model, example, path). Networks that torch.fx cannot trace can be split by hand.
          Serving it needs PyTorch's native library: SIGHTLINE_PYTORCH=1 ./sightline serve
          """);
      return;
    }
    if (Files.exists(file)) {
      throw new ModelException(file + " is there already");
    }
    try {
      Files.writeString(file, script());
    } catch (IOException e) {
      throw new ModelException(file + " cannot be written", e);
    }
    out.println(file + " needs Python 3 with PyTorch 1.13 or newer; --help says how to use it");
  }

  static String script() {
    try (InputStream in =
        Objects.requireNonNull(ModelExportTorchCommand.class.getResourceAsStream(SCRIPT))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
