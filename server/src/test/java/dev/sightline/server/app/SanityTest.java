package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sightline.server.graph.GraphBuilder;
import dev.sightline.server.image.ChannelOrder;
import dev.sightline.server.model.Labels;
import dev.sightline.server.model.ModelCard;
import dev.sightline.server.model.ModelStore;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A network whose units differ in their thresholds: the brighter a pixel, the more of its 128 units
 * are active, whatever the weights. Guided backpropagation adds what is positive of the active
 * ones, so its map follows the brightness, learned or not; in the plain gradient their signs count.
 */
class SanityTest {
  private static final int SIDE = 12;
  private static final int UNITS = 128;

  @TempDir private Path folder;
  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();

  @BeforeEach
  void paint() throws IOException {
    Path images = Files.createDirectories(folder.resolve("images"));
    Random random = new Random(4);
    for (int n = 0; n < 7; n++) {
      BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR);
      for (int i = 0; i < SIDE * SIDE; i++) {
        image.setRGB(i % SIDE, i / SIDE, 0x010101 * random.nextInt(256));
      }
      ImageIO.write(image, "png", images.resolve(n + ".png").toFile());
    }
  }

  @Test
  void methodsThatIgnoreTheWeightsAreNamedAndOthersAreNot() throws IOException {
    Path model = brightness();
    Path into = folder.resolve("out");
    assertThat(run(model, "--sanity=9", "--sanity-images=6", "--out=" + into)).isZero();
    JsonNode sanity = json(into.resolve("sanity.json"));
    assertThat(sanity.path("layers").asInt()).isEqualTo(2);
    assertThat(sanity.path("images")).hasSize(6);
    assertThat(sanity.path("stages").findValuesAsText("layer")).containsExactly("logits", "units");
    assertThat(mean(sanity, 0, "guided-backpropagation")).isGreaterThan(0.95);
    assertThat(mean(sanity, 1, "guided-backpropagation")).isGreaterThan(0.95);
    assertThat(mean(sanity, 0, "gradient")).isLessThan(0.8);
    assertThat(mean(sanity, 1, "gradient")).isLessThan(0.8);
    assertThat(mean(sanity, 0, "eigen-cam")).as("knows nothing of the logits").isEqualTo(1);
    assertThat(out.toString())
        .contains("guided-backpropagation is insensitive: its maps stay the same")
        .contains("eigen-cam is insensitive")
        .doesNotContain("gradient is insensitive");
    assertThat(into.resolve("report.html"))
        .content()
        .contains("<h2>Sanity</h2>", "guided-backpropagation is insensitive", "1 of 2", "2 of 2");
    assertThat(json(into.resolve("evaluation.json")).path("sanity")).isEqualTo(sanity);
  }

  @Test
  void stagesThatWereDoneAreNotDoneAgain() throws IOException {
    Path model = brightness();
    Path into = folder.resolve("out");
    assertThat(run(model, "--out=" + into)).isZero();
    assertThat(into.resolve("sanity.json")).doesNotExist();
    assertThat(run(model, "--out=" + into, "--sanity=2")).as("an evaluation without").isZero();
    Path file = into.resolve("sanity.json");
    String whole = Files.readString(file);
    // What is taken from there stays as it is.
    String marked = whole.replaceFirst("\"signed\":[^,]+", "\"signed\":0.125");
    Files.writeString(file, marked);
    assertThat(run(model, "--out=" + into, "--sanity=2")).isZero();
    assertThat(file).hasContent(marked);
    assertThat(run(model, "--out=" + into, "--sanity=2", "--sanity-images=5")).isZero();
    assertThat(json(file).path("images")).as("other images").hasSize(5);
    Files.writeString(file, whole.substring(0, whole.length() / 2));
    assertThat(run(model, "--out=" + into, "--sanity=2")).isZero();
    assertThat(file).as("cut off, and the same seed").hasContent(whole);
  }

  @Test
  void wrongNumbersAreRefused() throws IOException {
    assertThat(run(brightness(), "--sanity=-1")).isEqualTo(1);
    assertThat(err.toString()).contains("-1 stages of 10 images were asked for");
  }

  private static double mean(JsonNode sanity, int stage, String method) {
    List<JsonNode> likeness = new ArrayList<>();
    sanity.path("stages").path(stage).path("likeness").path(method).forEach(likeness::add);
    assertThat(likeness).hasSize(6);
    return likeness.stream()
        .mapToDouble(like -> like.path("signed").asDouble())
        .average()
        .orElseThrow();
  }

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  private int run(Path model, String... options) {
    out = new StringWriter();
    err = new StringWriter();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "evaluate",
                model.toString(),
                "--images=" + folder.resolve("images"),
                "--workers=1",
                "--measures=masking",
                "--upsampling=bilinear",
                "--methods=gradient,guided-backpropagation,eigen-cam"));
    arguments.addAll(List.of(options));
    return Main.configured(Main.commandLine())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments.toArray(String[]::new));
  }

  private Path brightness() {
    Random random = new Random(1);
    GraphBuilder graph = new GraphBuilder("brightness").input("input", 3, SIDE, SIDE);
    float[] weights = new float[3 * UNITS];
    float[] thresholds = new float[UNITS];
    float[] head = new float[4 * UNITS];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (1 + 0.02 * random.nextGaussian());
    }
    for (int i = 0; i < UNITS; i++) {
      thresholds[i] = (float) (-1.5 + random.nextGaussian());
    }
    for (int i = 0; i < head.length; i++) {
      head[i] = (float) random.nextGaussian();
    }
    graph.initializer("w", weights, UNITS, 3, 1, 1);
    graph.initializer("b", thresholds, UNITS);
    graph.node("Conv", List.of("input", "w", "b"), "units");
    graph.node("Relu", List.of("units"), "maps");
    graph.node("GlobalAveragePool", List.of("maps"), "pooled");
    graph.node("Flatten", List.of("pooled"), "flat");
    graph.initializer("v", head, UNITS, 4);
    graph.node("Gemm", List.of("flat", "v"), "logits");
    ModelCard card =
        new ModelCard(
            "brightness",
            "units of different thresholds",
            new ModelCard.Input(
                ChannelOrder.RGB, new float[3], new float[] {255, 255, 255}, "stretch"),
            null,
            null,
            null,
            null,
            null);
    return new ModelStore(folder.resolve("models"))
        .install(
            card,
            new Labels(List.of("a", "b", "c", "d")),
            graph.output("logits", 4).build()::writeTo,
            true)
        .path();
  }
}
