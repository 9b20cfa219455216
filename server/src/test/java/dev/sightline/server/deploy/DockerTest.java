package dev.sightline.server.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sightline.server.app.Main;
import dev.sightline.server.deploy.Dockerfile.Instruction;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What can be known of the images without an engine that builds them. */
class DockerTest {
  private static final Path FOLDER = Deployed.ROOT.resolve("docker");
  private static final String PINNED = "[a-z]+(/[a-z]+)?:v?[0-9]+\\.[0-9]+[a-z0-9.-]*";

  private static Dockerfile file = new Dockerfile(List.of());

  @BeforeAll
  static void read() throws IOException {
    file = Dockerfile.read(FOLDER.resolve("Dockerfile"));
  }

  @Test
  void everyImageStartsFromAPinnedOne() {
    List<String> bases = new ArrayList<>();
    List<String> stages = new ArrayList<>();
    for (Instruction from : file.all("FROM")) {
      assertThat(from.words()).matches("\\S+ AS [a-z-]+");
      bases.add(from.words().split(" ", -1)[0]);
      stages.add(from.stage());
    }

    assertThat(stages).doesNotHaveDuplicates().contains("server", "models");
    assertThat(bases)
        .allSatisfy(
            base ->
                assertThat(
                        stages.contains(base)
                            || base.matches("\\$\\{(DEBIAN|CUDA)}|base-\\$\\{IMAGE}"))
                    .as(base)
                    .isTrue());
    assertThat(stages).contains("base-cpu", "base-pytorch", "base-gpu");
    assertThat(file.of("", "ARG"))
        .extracting(Instruction::words)
        .satisfiesExactly(
            image -> assertThat(image).isEqualTo("IMAGE=cpu"),
            debian -> assertThat(debian).matches("DEBIAN=" + PINNED),
            cuda -> assertThat(cuda).matches("CUDA=" + PINNED));
  }

  @Test
  void nothingRunsAsRootNorThroughAShell() {
    for (String stage : List.of("server", "models")) {
      assertThat(file.of(stage, "USER")).extracting(Instruction::words).containsOnly("65532:65532");
      assertThat(file.of(stage, "ENTRYPOINT")).hasSize(1);
      assertThat(file.of(stage, "ENTRYPOINT").get(0).exec()).doesNotContain("sh", "bash");
    }
  }

  @Test
  void serverAndItsHealthCheckAreCommandsOfTheProgram() {
    List<String> entry = file.of("server", "ENTRYPOINT").get(0).exec();
    String check = file.of("server", "HEALTHCHECK").get(0).words();
    Instruction health =
        new Instruction("server", "CMD", check.substring(check.indexOf("CMD ") + "CMD ".length()));
    List<String> command = file.of("server", "CMD").get(0).exec();

    assertThat(entry).last().isEqualTo(Main.class.getName());
    List<String> words = health.exec();
    int main = words.indexOf(Main.class.getName());
    assertThat(main).isPositive();
    assertThatCode(
            () -> {
              parse(command);
              parse(words.subList(main + 1, words.size()));
            })
        .doesNotThrowAnyException();
    assertThat(check).contains("127.0.0.1:" + variable("SIGHTLINE_HEALTH_PORT"));
  }

  private static void parse(List<String> words) {
    new CommandLine(new Main()).parseArgs(words.toArray(String[]::new));
  }

  private static String variable(String name) {
    return file.all("ENV").stream()
        .flatMap(env -> Pattern.compile(name + "=(\\S+)").matcher(env.words()).results())
        .map(found -> found.group(1))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void everyVariableIsAnOptionOfTheServer() {
    assertThat(
            file.all("ENV").stream()
                .flatMap(env -> Pattern.compile("SIGHTLINE_[A-Z_]+").matcher(env.words()).results())
                .map(MatchResult::group))
        .hasSizeGreaterThan(3)
        .isSubsetOf(Deployed.variables());
  }

  @Test
  void nothingCallsHome() {
    assertThat(variable("ORT_DISABLE_TELEMETRY")).isEqualTo("1");
  }

  @Test
  void whatIsCopiedIsThereAndIsSentToTheBuild() throws IOException {
    List<String> ignore = Files.readAllLines(FOLDER.resolve("Dockerfile.dockerignore"));
    Stream<String> copied =
        file.all("COPY").stream()
            .filter(copy -> !copy.words().startsWith("--from"))
            .map(copy -> copy.words().split(" ", -1))
            .flatMap(words -> Stream.of(words).limit(words.length - 1L));
    Stream<String> mounted =
        file.all("RUN").stream()
            .flatMap(run -> Pattern.compile("source=([^, ]+)").matcher(run.words()).results())
            .map(found -> found.group(1));

    assertThat(ignore).first().isEqualTo("*");
    assertThat(Stream.concat(copied, mounted))
        .hasSizeGreaterThan(8)
        .allSatisfy(
            path -> {
              assertThat(Deployed.ROOT.resolve(path)).exists();
              assertThat(ignore).contains("!" + path);
            });
  }

  @Test
  void scriptsAreOnesThatAShellReads() throws Exception {
    try (Stream<Path> files = Files.list(FOLDER)) {
      List<Path> scripts =
          files.filter(FileSystems.getDefault().getPathMatcher("glob:**/*.sh")::matches).toList();

      assertThat(scripts).hasSize(2);
      for (Path script : scripts) {
        assertThat(new ProcessBuilder("sh", "-n", script.toString()).inheritIO().start().waitFor())
            .as(script.toString())
            .isZero();
      }
    }
  }

  @Test
  void heapAndDirectBuffersLeaveHalfOfTheMemoryToTheEngine() throws IOException {
    String arguments = Files.readString(FOLDER.resolve("server.args"));
    MatchResult share =
        Pattern.compile("(?m)^-XX:MaxRAMPercentage=(\\d+)$")
            .matcher(arguments)
            .results()
            .findFirst()
            .orElseThrow();

    // Direct buffers may have as much as the heap, unless somebody says otherwise.
    assertThat(arguments).doesNotContain("MaxDirectMemorySize", "-Xmx");
    assertThat(2 * Integer.parseInt(share.group(1))).isLessThanOrEqualTo(50);
  }

  @Test
  void composeStartsWhatIsThere() throws IOException {
    JsonNode compose = Deployed.yaml(FOLDER.resolve("compose.yaml")).get(0);
    JsonNode services = compose.path("services");

    assertThat(services.fieldNames())
        .toIterable()
        .containsExactly("models", "server", "prometheus", "grafana");
    for (JsonNode service : services) {
      ComposeService.parse(service).requireRight(FOLDER, compose, file);
    }
    assertThat(services.path("server").path("environment").fieldNames())
        .toIterable()
        .isSubsetOf(Deployed.variables());
  }

  @Test
  void guardedServerHasTheFilesThatItsOptionsName() throws IOException {
    JsonNode compose = Deployed.yaml(FOLDER.resolve("compose.guarded.yaml")).get(0);
    JsonNode server = compose.at("/services/server");
    Map<String, String> environment = new TreeMap<>();
    server
        .path("environment")
        .properties()
        .forEach(entry -> environment.put(entry.getKey(), entry.getValue().asText()));

    assertThat(compose.fieldNames()).toIterable().containsExactly("services", "secrets");
    assertThat(compose.path("services").fieldNames()).toIterable().containsExactly("server");
    assertThat(server.fieldNames()).toIterable().containsExactly("environment", "secrets");
    assertThat(environment.keySet()).isSubsetOf(Deployed.variables());
    assertThat(environment.remove("SIGHTLINE_ALLOW_PLAINTEXT")).isEqualTo("false");
    List<String> secrets = new ArrayList<>();
    server.path("secrets").forEach(name -> secrets.add(name.asText()));
    assertThat(environment).hasSize(4);
    assertThat(environment.values())
        .containsExactlyInAnyOrderElementsOf(
            secrets.stream().map(name -> "/run/secrets/" + name).toList());
    assertThat(compose.path("secrets").properties())
        .allSatisfy(
            secret ->
                assertThat(secret.getValue().toString())
                    .isEqualTo("{\"file\":\"./secrets/%s\"}".formatted(secret.getKey())))
        .extracting(Map.Entry::getKey)
        .containsExactlyInAnyOrderElementsOf(secrets);
  }

  @Test
  void composeWaitsForTheDrain() throws IOException {
    JsonNode server = Deployed.yaml(FOLDER.resolve("compose.yaml")).get(0).at("/services/server");
    int grace = server.at("/environment/SIGHTLINE_GRACE_SECONDS").asInt();
    String stop = server.path("stop_grace_period").asText();

    assertThat(grace).isPositive();
    assertThat(Integer.parseInt(stop.replace("s", ""))).isGreaterThanOrEqualTo(grace + 5);
  }

  @Test
  void prometheusAsksTheServersManagementPort() {
    assertThat(
            Deployed.yaml(FOLDER.resolve("prometheus.yaml"))
                .get(0)
                .at("/scrape_configs/0/static_configs/0/targets/0")
                .asText())
        .isEqualTo("server:8485");
  }

  @Test
  void dashboardAsksForMetricsThatAreThere() {
    JsonNode dashboard = Deployed.yaml(FOLDER.resolve("grafana/dashboards/sightline.json")).get(0);
    JsonNode source =
        Deployed.yaml(FOLDER.resolve("grafana/provisioning/datasources/prometheus.yaml")).get(0);
    List<String> queries = dashboard.path("panels").findValuesAsText("expr");

    assertThat(dashboard.path("panels")).hasSizeGreaterThan(8);
    assertThat(queries).hasSizeGreaterThanOrEqualTo(dashboard.path("panels").size());
    queries.forEach(Metrics::requireKnown);
    assertThat(String.join(" ", queries))
        .contains(
            "sightline_streams_open",
            "sightline_frames_accepted_total",
            "sightline_answers_total",
            "sightline_frames_dropped_total",
            "sightline_frame_age_seconds",
            "sightline_queue_seconds",
            "sightline_batch_size",
            "sightline_compute_seconds",
            "sightline_breaker_state");
    assertThat(dashboard.at("/templating/list/0/current/value"))
        .isEqualTo(source.at("/datasources/0/uid"));
  }
}
