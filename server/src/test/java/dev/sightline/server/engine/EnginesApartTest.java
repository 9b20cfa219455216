package dev.sightline.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the two engines are to each other, each time in a process of its own. */
class EnginesApartTest {
  @Test
  void onnxRuntimeDoesNotLoadPyTorchAndBothLiveInOneProcess() throws Exception {
    assertThat(run(jar -> true))
        .contains("onnx alone: libtorch false", "both: libtorch true", "same class true");
  }

  @Test
  void programWithoutPyTorchServesGraphsAndSaysWhatIsMissing() throws Exception {
    assertThat(run(jar -> !jar.contains("pytorch-native") && !jar.contains("pytorch-jni")))
        .contains(
            "onnx alone: libtorch false",
            "refused: PyTorch's native library is missing: this program was built without it; build"
                + " it with 'mvn -Ppytorch package', or start it with SIGHTLINE_PYTORCH=1"
                + " ./sightline");
  }

  private static List<String> run(Predicate<String> wanted)
      throws IOException, InterruptedException {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(wanted)
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                EnginesApart.class.getName())
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    return text.lines().toList();
  }
}
