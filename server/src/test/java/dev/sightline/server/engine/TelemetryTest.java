package dev.sightline.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** In processes of their own, whose user has an empty home. */
class TelemetryTest {
  @TempDir Path home;

  /** Starts ONNX Runtime: as the engine does, or, with an argument, without more ado. */
  static final class Program {
    public static void main(String[] arguments) throws Exception {
      if (arguments.length == 0) {
        OnnxEnvironment.create();
      } else {
        Thread thread = new Thread(null, OrtEnvironment::getEnvironment, "environment", 64L << 20);
        thread.start();
        thread.join();
      }
      // The library reports from a thread of its own.
      TimeUnit.SECONDS.sleep(1);
    }
  }

  @Test
  void engineLeavesNothingInTheUsersHome() throws Exception {
    run();
    assertThat(reports()).isEmpty();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void libraryLeftAloneKeepsAnIdentifierThere() throws Exception {
    run("alone");
    assertThat(reports())
        .as("what shows that the other test would notice; if this fails, the library has changed")
        .isNotEmpty();
  }

  private void run(String... arguments) throws IOException, InterruptedException {
    Path classPath =
        Files.writeString(
            home.resolve("options"),
            "-cp \"" + System.getProperty("java.class.path").replace("\\", "\\\\") + "\"");
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + classPath,
            Program.class.getName());
    java.command().addAll(List.of(arguments));
    // The library is also silent where a variable tells it of continuous integration.
    java.environment().clear();
    java.environment().put("HOME", home.toString());
    Process process = java.inheritIO().start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  private List<Path> reports() throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      return files.filter(file -> file.toString().contains("Microsoft")).toList();
    }
  }
}
