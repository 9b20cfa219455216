package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sightline.client.FakeServer;
import dev.sightline.client.Pictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final FakeServer server = FakeServer.onLoopback();

  @TempDir Path folder;

  LoadCommandTest() throws IOException {}

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aLoadIsReportedAsTextJsonAndAPage() throws IOException {
    Cli cli =
        load(
            "--streams",
            "8",
            "--rate",
            "100",
            "--method",
            "grad-cam,layer-cam:3",
            "--deadline",
            "10s",
            photos());

    assertThat(cli.exit()).as(cli.err()).isZero();
    assertThat(cli.out())
        .contains("8 live streams over 8 connections")
        .contains("open loop, 100.0 frames/s over all streams, fixed intervals")
        .contains("layer-cam, grid-float16 ×6; grad-cam, grid-float16 ×2")
        .contains("drops      none")
        .containsPattern("balance +\\d+ frames sent, \\d+ answers: each has one")
        .containsPattern("generator +\\d\\.\\d\\d of a core");
    JsonNode json = JSON.readTree(folder.resolve("out/load.json").toFile());
    assertThat(json.at("/settings/asked/layer-cam, grid-float16").asInt()).isEqualTo(6);
    assertThat(json.at("/settings/rate").asDouble()).isEqualTo(100);
    assertThat(json.at("/machine/cores").asInt()).isPositive();
    assertThat(json.at("/machine/processor").asText()).isNotEmpty();
    JsonNode result = json.get("result");
    assertThat(result.at("/balance/even").asBoolean()).isTrue();
    assertThat(result.at("/frames/explained").asInt()).isBetween(45, 55);
    assertThat(result.at("/kept").asDouble()).isEqualTo(1);
    assertThat(result.at("/latency/p99").asDouble()).isPositive();
    assertThat(result.at("/age/p50").asDouble()).isBetween(4.9, 5.1);
    assertThat(result.at("/split/compute").asDouble()).isEqualTo(3);
    assertThat(result.at("/bytes/per_heatmap").asDouble()).isEqualTo(18);
    assertThat(result.at("/batch_sizes/2").asInt())
        .isEqualTo(result.at("/frames/explained").asInt());
    assertThat(result.at("/percentiles/0/millis").isNumber()).isTrue();
    assertThat(result.at("/series/0/offered").asInt()).isPositive();
    assertThat(result.at("/asked")).hasSize(2);
    assertThat(Files.readString(folder.resolve("out/load.html")))
        .contains("Throughput and drops", "Latency over time", "Distribution of the latency")
        .contains("Where the time goes", "Frames dropped", "By what was asked")
        .contains("<svg", "prefers-color-scheme: dark")
        .doesNotContain("<script", "http://", "https://", "NaN");
  }

  @Test
  void jsonGoesToTheStandardOutputAlone() throws IOException {
    Cli cli = load("--streams", "1", "--call", "unary", "--format", "json", photos());
    assertThat(cli.exit()).as(cli.err()).isZero();
    JsonNode json = JSON.readTree(cli.out());
    assertThat(json.at("/settings/loop").asText()).isEqualTo("closed");
    assertThat(json.at("/settings/call").asText()).isEqualTo("unary");
    assertThat(cli.err()).contains("closed loop, 1 frame in flight a stream");
  }

  @Test
  void unchangedFramesHaveALineOfTheirOwnAndAreNoDrops() throws IOException {
    Cli cli =
        load("--streams", "1", "--rate", "100", "--still", "5", "--skip-unchanged", "3", photos());
    assertThat(cli.exit()).as(cli.err()).isZero();
    assertThat(server.asked().getUnchangedWithin()).isEqualTo(3);
    assertThat(cli.out())
        .contains("asked      grad-cam, grid-float16, changes of more than 3.0")
        .containsPattern("images .*, each 5 times in a row")
        .containsPattern("answers .*, unchanged \\d+\\.\\d/s, goodput")
        .containsPattern("frames .* explained, \\d+ unchanged \\(100.0 % in time\\)")
        .containsPattern("unchanged  p50 .* of \\d+ frames needed no explanation of their own")
        .contains("drops      none");
    JsonNode json = JSON.readTree(folder.resolve("out/load.json").toFile());
    assertThat(json.at("/settings/still").asInt()).isEqualTo(5);
    JsonNode frames = json.at("/result/frames");
    int served = frames.get("explained").asInt() + frames.get("unchanged").asInt();
    assertThat(served).isBetween(45, 55);
    assertThat(frames.get("unchanged").asDouble()).isBetween(0.7 * served, 0.9 * served);
    assertThat(frames.get("good").asInt()).isEqualTo(served);
    assertThat(frames.get("dropped").asInt()).isZero();
    assertThat(json.at("/result/unchanged/count").asInt())
        .isEqualTo(frames.get("unchanged").asInt());
    assertThat(json.at("/result/unchanged_per_second").asDouble()).isPositive();
    assertThat(json.at("/result/split/compute").asDouble()).isEqualTo(3);
    assertThat(Files.readString(folder.resolve("out/load.html")))
        .contains("unchanged", "needed no explanation of their own");
  }

  @Test
  void imagesThatCannotBeUsedAreDropsAndNoFailure() throws IOException {
    Path mixed = Files.createDirectory(folder.resolve("mixed"));
    Files.write(mixed.resolve("a.png"), Pictures.png(8, 8));
    Files.writeString(mixed.resolve("b.png"), "no image");
    Cli cli = load("--streams", "1", "--call", "batch", "--rate", "100", mixed.toString());
    assertThat(cli.exit()).as(cli.err()).isZero();
    assertThat(cli.out()).containsPattern("drops +invalid-image: image-unreadable \\d+");
  }

  @Test
  void aTargetThatNoRateMeetsIsSaidSo() throws IOException {
    Cli cli = load("--streams", "2", "--find-capacity", "--p99", "0.001ms", photos());
    assertThat(cli.exit()).isEqualTo(1);
    assertThat(cli.out())
        .contains("closed loop: ")
        .containsPattern("\\d p99 above 0 ms|goodput")
        .contains("no rate that was tried holds p99 within 0 ms");
    JsonNode capacity = JSON.readTree(folder.resolve("out/load.json").toFile()).get("capacity");
    assertThat(capacity.at("/rate").asDouble()).isZero();
    assertThat(capacity.at("/probes")).isNotEmpty();
    assertThat(Files.readString(folder.resolve("out/load.html")))
        .contains("p99 against rate", "Goodput against rate", "target 0 ms");
  }

  @Test
  void whatTheServerCannotMeetIsToldOnce() throws IOException {
    assertThat(load("--layer", "conv_99", photos()))
        .isEqualTo(new Cli(1, "", "sightline: fake-net has no layer \"conv_99\"\n"));
  }

  @Test
  void misuseIsASentence() {
    misuse("--fps and --rate both say the rate; give one", "--fps", "1", "--rate", "2");
    misuse(
        "--in-flight is for a closed loop, without --fps or --rate",
        "--rate",
        "2",
        "--in-flight",
        "2");
    misuse("--arrivals is for an open loop, with --fps or --rate", "--arrivals", "poisson");
    misuse("--find-capacity needs a target, such as --p99 100ms", "--find-capacity");
    misuse("--p99 and --goodput go with --find-capacity", "--p99", "100ms");
    misuse(
        "--find-capacity looks for the rate itself; leave --fps, --rate and --in-flight out",
        "--find-capacity",
        "--p99",
        "1s",
        "--rate",
        "5");
    misuse("a rate is above 0 and at most 1000000 frames/s", "--rate", "0");
    misuse("--streams is 1 to 10000", "--streams", "0");
    misuse(
        "--connections is 1 to the number of streams, 2", "--streams", "2", "--connections", "3");
    misuse(
        "2 streams are too few for each of 4 mixes of methods and encodings to have its share",
        "--streams",
        "2",
        "--method",
        "cam,grad-cam",
        "--encoding",
        "grey-png,grid-float16");
    misuse("--still is 1 or more", "--still", "0");
    misuse("--skip-unchanged is for live streams", "--skip-unchanged", "3", "--call", "batch");
    assertThat(load("--skip-unchanged", "NaN").err())
        .contains("\"NaN\" is no number of grey levels above 0 and at most 255");
    assertThat(load("--duration", "5").err()).contains("\"5\" is no time such as 500ms, 20s or 2m");
    assertThat(load("--method", "cam:0").err()).contains("no name with a weight from 1 to 999");
    assertThat(load("--method", "camm").err()).contains("\"camm\" is none of cam, grad-cam");
    assertThat(load(folder.resolve("none.jpg").toString()).err())
        .isEqualTo("sightline: there is no file " + folder.resolve("none.jpg") + "\n");
  }

  private void misuse(String sentence, String... arguments) {
    Cli cli = load(arguments);
    assertThat(cli.exit()).isEqualTo(2);
    assertThat(cli.err()).startsWith("sightline: " + sentence + "\n");
  }

  private String photos() throws IOException {
    Path photos = Files.createDirectory(folder.resolve("photos"));
    Files.write(photos.resolve("a.png"), Pictures.png(8, 8));
    Files.write(photos.resolve("b.png"), Pictures.png(12, 8));
    return photos.toString();
  }

  private Cli load(String... arguments) {
    List<String> all = new ArrayList<>(List.of("load", "--server", server.address()));
    all.addAll(List.of("--warm-up", "100ms", "--out", folder.resolve("out").toString()));
    if (!List.of(arguments).contains("--duration")) {
      all.addAll(List.of("--duration", "500ms"));
    }
    all.addAll(List.of(arguments));
    return Cli.run(all.toArray(new String[0]));
  }
}
