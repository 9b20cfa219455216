package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
  @TempDir Path store;

  @Test
  void passesAndAnswersAreMeasuredAndWritten() throws Exception {
    Path model = SmallModel.install(store, "small");
    Path file = store.resolve("bench.json");
    StringWriter text = new StringWriter();
    int code =
        Main.commandLine()
            .setOut(new PrintWriter(text))
            .execute(
                "bench",
                model.toString(),
                "--batch",
                "1,2",
                "--seconds",
                "0",
                "--warm-up",
                "0",
                "--out",
                file.toString());

    assertThat(code).isZero();
    JsonNode report = new JsonMapper().readTree(file.toFile());
    assertThat(report.at("/engines/small").asText()).isEqualTo("OnnxRuntime on cpu");
    assertThat(report.at("/machine/cores").asInt()).isPositive();
    assertThat(report.at("/versions/onnxruntime").asText()).matches("\\d+\\.\\d+\\.\\d+");
    assertThat(report.at("/settings/time").asText()).isEqualTo("clock");
    assertThat(text.toString().lines().skip(1))
        .hasSize(26)
        .allMatch(
            line ->
                line.matches("small +[12]  [a-z0-9A:,+ -]+ +[0-9.]+ +[0-9.]+ +[0-9.]+ - [0-9.]+"));
    List<String> names = new ArrayList<>();
    for (JsonNode figure : report.get("figures")) {
      if (figure.get("batch").asInt() == 2) {
        names.add(figure.get("name").asText());
      }
      assertThat(figure.get("imagesPerSecond").asDouble()).isPositive();
      assertThat(figure.get("rounds").asInt()).isGreaterThanOrEqualTo(10);
      assertThat(text.toString()).contains(figure.get("name").asText());
    }
    assertThat(names)
        .containsExactly(
            "plain inference",
            "logits, A and g",
            "of 5 classes",
            "to the input",
            "logits, A and g",
            "answer: grad-cam",
            "answer: cam",
            "answer: grad-cam++",
            "answer: extended-cam",
            "answer: hi-res-cam",
            "answer: layer-cam",
            "answer: xgrad-cam",
            "answer: all 7");
  }

  @Test
  void aNetworkWithoutAGradientForCamIsMeasuredByTheOtherSix() throws Exception {
    Path model = SmallModel.installWithHiddenLayer(store, "hidden");
    StringWriter text = new StringWriter();
    int code =
        Main.commandLine()
            .setOut(new PrintWriter(text))
            .execute(
                "bench",
                model.toString(),
                "--batch",
                "1",
                "--seconds",
                "0",
                "--warm-up",
                "0",
                "--part",
                "answers");
    assertThat(code).isZero();
    assertThat(text.toString()).contains("answer: all 6").doesNotContain("answer: cam");
  }

  @Test
  void theProcessorsTimeOfOneThreadSaysNothingOfTwo() {
    StringWriter text = new StringWriter();
    int code =
        Main.commandLine()
            .setErr(new PrintWriter(text))
            .execute("bench", "--cpu-time", "--engine-threads", "2");
    assertThat(code).isEqualTo(2);
    assertThat(text.toString()).contains("leave --engine-threads at 1");
  }
}
