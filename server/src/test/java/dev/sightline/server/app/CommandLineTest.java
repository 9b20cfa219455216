package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.engine.EngineSettings.Device;
import dev.sightline.server.grpc.ConnectionLimits;
import dev.sightline.server.grpc.ServerSettings;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.stream.StreamLimits;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineTest {
  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  /** What serve would run with. */
  private static ServerConfig config(String... arguments) {
    return serve(Map.of(), arguments).options.config();
  }

  /** What serve would run with in that environment. */
  private static ServeCommand serve(Map<String, String> environment, String... arguments) {
    CommandLine main = Main.commandLine();
    main.parseArgs(arguments);
    ServeCommand serve =
        main.getParseResult().subcommand().commandSpec().commandLine().getCommand();
    return serve.withDefaults(environment);
  }

  private Path yaml(String text) throws IOException {
    return Files.writeString(folder.resolve("sightline.yaml"), text);
  }

  @Test
  void optionsComeFromTheFileUnlessTheCommandLineGivesThem() throws IOException {
    Path file = yaml("port: 9000\nmodels: [a, b]\nworkers: 3\ndevice: tensorrt\nlinger-ms: 5\n");

    ServerConfig config = config("serve", "--config", file.toString(), "--workers", "1");

    assertThat(config.port()).isEqualTo(9000);
    assertThat(config.models()).containsExactly("a", "b");
    assertThat(config.workers()).isEqualTo(1);
    assertThat(config.engine().device()).isEqualTo(Device.TENSORRT);
    assertThat(config.waiting().linger()).isEqualTo(Duration.ofMillis(5));
    assertThat(config.waiting().maxWaiting()).isEqualTo(1024);
  }

  @Test
  void theCommandLineGoesBeforeTheEnvironmentAndThatBeforeTheFile() throws IOException {
    Path file = yaml("port: 1\nworkers: 1\nmax-batch: 2\nallow-plaintext: true\n");
    Map<String, String> environment =
        Map.of(
            "SIGHTLINE_CONFIG", file.toString(),
            "SIGHTLINE_PORT", "2",
            "SIGHTLINE_WORKERS", "2",
            "SIGHTLINE_MODELS", "a,b",
            "SIGHTLINE_HALF_PRECISION", "true",
            "SIGHTLINE_TOKENS", "/run/tokens",
            "SIGHTLINE_HOST", "",
            "SIGHTLINE_SERVICE_HOST", "10.0.0.1");

    ServeCommand serve = serve(environment, "serve", "--workers", "3");

    ServerConfig config = serve.options.config();
    assertThat(config.port()).isEqualTo(2);
    assertThat(config.workers()).isEqualTo(3);
    assertThat(config.engine().maxBatch()).isEqualTo(2);
    assertThat(config.models()).containsExactly("a", "b");
    assertThat(config.host()).isEqualTo("127.0.0.1");
    assertThat(serve.options.halfPrecision).isTrue();
    assertThat(serve.security.config().allowPlaintext()).isTrue();
    assertThat(serve.security.config().tokens()).isEqualTo(Path.of("/run/tokens"));
  }

  /** Kubernetes sets such variables in every pod beside a Service of the name sightline. */
  @Test
  void theAddressesOfKubernetesServicesAreNoOptions() {
    assertThat(
            serve(Map.of("SIGHTLINE_PORT", "tcp://10.0.0.1:8484"), "serve").options.config().port())
        .isEqualTo(8484);
  }

  @Test
  void reloadingIsAskedForOrForbiddenOnTheCommandLineInTheEnvironmentAndInTheFile()
      throws IOException {
    Map<String, String> forbidden = Map.of("SIGHTLINE_RELOAD", "false");
    Map<String, String> asked = Map.of("SIGHTLINE_RELOAD", "true");
    Map<String, String> inFile = Map.of("SIGHTLINE_CONFIG", yaml("reload: false\n").toString());

    assertThat(reload(Map.of())).isNull();
    assertThat(reload(Map.of(), "--reload")).isTrue();
    assertThat(reload(Map.of(), "--no-reload")).isFalse();
    assertThat(reload(asked)).isTrue();
    assertThat(reload(asked, "--no-reload")).isFalse();
    assertThat(reload(forbidden)).isFalse();
    assertThat(reload(forbidden, "--reload")).isTrue();
    assertThat(reload(inFile)).isFalse();
    assertThat(reload(inFile, "--reload")).isTrue();
  }

  private @Nullable Boolean reload(Map<String, String> environment, String... words) {
    String[] all = Stream.concat(Stream.of("serve"), Stream.of(words)).toArray(String[]::new);
    return serve(environment, all).security.config().reload();
  }

  @Test
  void aCertificateWithoutItsKeyIsRefused() {
    assertThat(run("serve", "--tls-certificate", "c.pem")).isEqualTo(1);
    assertThat(run("serve", "--tls-client-ca", "c.pem")).isEqualTo(1);
    assertThat(err.toString()).contains("--tls-certificate and --tls-key").hasLineCount(2);
  }

  @Test
  void filesOfSecurityThatAreMissingAreNamedBeforeAModelIsLoaded() {
    String absent = folder + "/absent";
    assertThat(run("serve", "--models", folder + "/none", "--tokens", absent)).isEqualTo(1);
    assertThat(
            run(
                "serve",
                "--models",
                folder + "/none",
                "--tls-certificate",
                absent,
                "--tls-key",
                absent))
        .isEqualTo(1);
    assertThat(err.toString().lines())
        .containsExactly(
            "sightline: there is no file " + absent, "sightline: there is no file " + absent);
  }

  @Test
  void withoutOptionsTheServerListensOnLoopbackAndUsesEveryCore() {
    ServerConfig config = config("serve");

    assertThat(config.host()).isEqualTo("127.0.0.1");
    assertThat(config.workers()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(config.engine().device()).isEqualTo(Device.CPU);
    assertThat(config.models()).isEmpty();
  }

  @Test
  void aFileWithAnUnknownOptionIsRefusedByName() throws IOException {
    Path file = yaml("prot: 9000\n");

    assertThatThrownBy(() -> config("serve", "--config", file.toString()))
        .hasMessageContaining(file.toString())
        .hasMessageContaining("prot")
        .hasMessageContaining("--port");
  }

  @Test
  void aFileThatIsNoListOfOptionsIsRefusedByName() throws IOException {
    for (String text : new String[] {"port: [1, 2", "just words", "port: {a: 1}", "port:"}) {
      Path file = yaml(text);
      assertThatThrownBy(() -> config("serve", "--config", file.toString()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(file.toString());
    }
    assertThatThrownBy(() -> config("serve", "--config", folder + "/none.yaml"))
        .hasMessageContaining("none.yaml");
  }

  @Test
  void valuesOutOfRangeAreOneSentence() {
    assertThat(run("serve", "--max-batch", "3")).isEqualTo(1);
    assertThat(run("serve", "--max-open-layers", "0")).isEqualTo(1);
    assertThat(err.toString().lines())
        .containsExactly(
            "sightline: maxBatch is 3, a power of two from 1 to 256 is needed",
            "sightline: max-open-layers is 0, at least 1 is needed");
  }

  @Test
  void theServerRefusesToListenOnANetwork() {
    assertThat(run("serve", "--host", "0.0.0.0")).isEqualTo(1);
    assertThat(err.toString()).contains("0.0.0.0", "loopback").hasLineCount(1);
  }

  @Test
  void imagesTooLargeForAnyMemoryAreRefusedBeforeAModelIsLoaded() {
    assertThat(run("serve", "--models", folder + "/none", "--max-pixels", "1000000000"))
        .isEqualTo(1);
    assertThat(run("serve", "--models", folder + "/none", "--max-image-bytes", "100000000"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("1000000000 pixels", "max-image-bytes").hasLineCount(2);
  }

  @Test
  void aPortThatIsTakenIsOneSentence() throws IOException {
    Path model = SmallModel.install(folder, "small");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());

      int code = run("serve", "--models", model.toString(), "--port", port, "--workers", "1");

      assertThat(code).isEqualTo(1);
      assertThat(err.toString()).contains(port).hasLineCount(1);
    }
  }

  @Test
  void aModelThatIsMissingIsNamed() {
    assertThat(run("serve", "--models", folder + "/none")).isEqualTo(1);
    assertThat(err.toString()).contains(folder + "/none", "model pull").hasLineCount(1);
  }

  @Test
  void everyBoundIsThatOfItsRoomUnlessAnOptionSaysOtherwise() {
    ServerConfig config = config("serve");
    assertThat(config.waiting()).isEqualTo(BatchLimits.DEFAULT);
    assertThat(config.plans()).isEqualTo(PlanLimits.DEFAULT);
    assertThat(config.streams()).isEqualTo(StreamLimits.DEFAULT);
    assertThat(config.images()).isEqualTo(ImageLimits.DEFAULT);
    assertThat(config.connections()).isEqualTo(ConnectionLimits.DEFAULT);
    assertThat(config.maxMessageBytes()).isEqualTo(ServerSettings.LOOPBACK.maxMessageBytes());
  }

  @Test
  void everyBoundHasAnOption() {
    ServerConfig config =
        config(
            ("serve --max-connections 1 --max-connection-calls 2 --max-streams 3 --max-stream-fps 4"
                    + " --max-stream-age-seconds 5 --max-calls 6 --max-unanswered 7"
                    + " --batch-window 8 --max-unsent 9 --max-unsent-bytes 160 --max-waiting 11"
                    + " --max-waiting-bytes 12 --max-rows 13 --max-frames 14"
                    + " --max-evidence-bytes 15 --max-answer-pixels 16 --max-message-bytes 18"
                    + " --max-image-bytes 17 --max-pixels 19 --linger-ms 20")
                .split(" ", -1));
    assertThat(config.connections()).isEqualTo(ConnectionLimits.DEFAULT.of(1, 2));
    assertThat(config.streams())
        .isEqualTo(new StreamLimits(3, 7, 9, 8, Duration.ofSeconds(5), 10, 160, 6, 4));
    assertThat(config.waiting()).isEqualTo(new BatchLimits(11, 12, 13, Duration.ofMillis(20)));
    assertThat(config.plans()).isEqualTo(new PlanLimits(16, 14, 15));
    assertThat(config.images()).isEqualTo(new ImageLimits(19, 17));
    assertThat(config.maxMessageBytes()).isEqualTo(18);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--max-connections",
        "--max-connection-calls",
        "--max-streams",
        "--max-calls",
        "--max-unanswered",
        "--batch-window",
        "--max-unsent",
        "--max-unsent-bytes",
        "--max-waiting",
        "--max-waiting-bytes",
        "--max-rows",
        "--max-frames",
        "--max-evidence-bytes",
        "--max-answer-pixels",
        "--max-message-bytes"
      })
  void boundOfNothingIsRefusedByItsName(String option) {
    assertThat(run("serve", "--models", folder + "/none", option, "0")).isEqualTo(1);
    assertThat(err.toString()).contains(option.substring(2) + " is 0, at least 1").hasLineCount(1);
  }
}
