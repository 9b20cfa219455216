package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sightline.server.app.telemetry.ManagementSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ManagementOptionsTest {
  @TempDir Path folder;

  private static ManagementSettings settings(String... arguments) {
    CommandLine main = Main.commandLine();
    main.parseArgs(arguments);
    ServeCommand serve =
        main.getParseResult().subcommand().commandSpec().commandLine().getCommand();
    return serve.withDefaults(java.util.Map.of()).options.management.settings();
  }

  @Test
  void withoutOptionsThePortIsOnLoopbackAndStreamsHaveNoSeries() {
    assertThat(settings("serve"))
        .isEqualTo(new ManagementSettings("127.0.0.1", 8485, 0, Duration.ofSeconds(1)));
  }

  @Test
  void optionsComeFromTheFileUnlessTheCommandLineGivesThem() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("sightline.yaml"),
            "management-port: 9000\nmetrics-streams: 20\ntrace-interval-ms: 0\n");
    assertThat(settings("serve", "--config", file.toString(), "--management-port", "0"))
        .isEqualTo(new ManagementSettings("127.0.0.1", 0, 20, Duration.ZERO));
  }

  @Test
  void valuesOutOfRangeAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings("serve", "--management-port", "-1"))
        .withMessageContaining("management-port is -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings("serve", "--management-port", "70000"))
        .withMessageContaining("management-port is 70000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings("serve", "--metrics-streams", "10001"))
        .withMessageContaining("metrics-streams is 10001");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings("serve", "--trace-interval-ms", "-5"))
        .withMessageContaining("trace-interval-ms is -5");
  }
}
