package dev.sightline.server.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A program that runs a graph, then opens a module, and says whether PyTorch was loaded. */
final class EnginesApart {
  private EnginesApart() {}

  public static void main(String[] args) throws IOException {
    Pass pass = new Pass(TorchModules.images(1, 1), 1, new int[] {0}, new int[] {-1});
    try (Backend onnx = TorchModules.onnx("pooled", 1)) {
      PassResult first = onnx.run(pass);
      System.out.println("onnx alone: libtorch " + libtorchIsLoaded());
      try (Backend torch = TorchModules.torch("pooled", 1)) {
        PassResult second = torch.run(pass);
        PassResult third = onnx.run(pass);
        System.out.println("both: libtorch " + libtorchIsLoaded());
        System.out.println(
            "same class "
                + (first.chosen()[0] == second.chosen()[0]
                    && third.chosen()[0] == second.chosen()[0]));
      } catch (EngineException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }

  private static boolean libtorchIsLoaded() throws IOException {
    return Files.readString(Path.of("/proc/self/maps")).contains("libtorch_cpu");
  }
}
