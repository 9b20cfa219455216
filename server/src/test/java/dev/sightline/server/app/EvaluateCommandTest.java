package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.server.app.evaluate.Evaluation;
import dev.sightline.server.app.evaluate.Group;
import dev.sightline.server.app.evaluate.ImageResult;
import dev.sightline.server.app.evaluate.Passes;
import dev.sightline.server.app.evaluate.Settings;
import dev.sightline.server.app.evaluate.annotation.ImageSet;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelRepository;
import dev.sightline.v1.Method;
import dev.sightline.v1.Upsampling;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Of {@link ColourModel} the map of its image is 1 and 0.2 where there is red, the logit 32 · (8 +
 * 8 · 0.2)/64 = 4.8, and 4.16 when the image is multiplied by its map.
 */
class EvaluateCommandTest {
  private static final int SIDE = ColourModel.SIDE;
  private static final double P = probability(4.8);
  private static final double MASKED = probability(4.16);

  @TempDir private Path folder;
  private String model = "";
  private Path images = Path.of("");
  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();

  @BeforeEach
  void install() throws IOException {
    model = ColourModel.install(folder.resolve("models")).toString();
    images = Files.createDirectories(folder.resolve("images"));
    ColourModel.paint(images.resolve("square.png"));
  }

  @Test
  void figuresAreThoseComputedByHand() throws IOException {
    Path boxes =
        Files.writeString(
            folder.resolve("b.csv"), "file,label,xmin,ymin,xmax,ymax\nsquare.png,red,1,2,5,6\n");
    Map<String, Double> means =
        means("--boxes=" + boxes, "--steps=1", "--fill=black", "--methods=cam,grad-cam");
    for (String method : List.of("cam", "grad-cam")) {
      assertThat(means)
          .hasEntrySatisfying(method + " drop", near(100 * (P - MASKED) / P))
          .hasEntrySatisfying(method + " increase", near(0))
          .hasEntrySatisfying(method + " relative_drop", near(0))
          .hasEntrySatisfying(method + " insertion", near((1 / 3.0 + P) / 2))
          .hasEntrySatisfying(method + " deletion", near((1 / 3.0 + P) / 2))
          .hasEntrySatisfying(method + " complexity", near(9.6 / 64))
          .hasEntrySatisfying(method + " coherency", near((correlation() + 1) / 2))
          .hasEntrySatisfying(
              method + " adcc",
              near(3 / (2 / (correlation() + 1) + 1 / (1 - 9.6 / 64) + P / MASKED)))
          .hasEntrySatisfying(method + " iou", near(1))
          .hasEntrySatisfying(method + " error_top_1", near(0))
          .hasEntrySatisfying(method + " pointing", near(100))
          .hasEntrySatisfying(method + " energy", near(100));
      assertThat(means.get(method + " road_most_relevant"))
          .as("red goes first")
          .isLessThan(means.get(method + " road_least_relevant"));
    }
    assertThat(out.toString()).contains("1 images, too few for intervals", "sigma");
  }

  @Test
  void thresholdDecidesOnTheBox() throws IOException {
    Path boxes =
        Files.writeString(
            folder.resolve("b.csv"),
            """
            file,label,xmin,ymin,xmax,ymax
            square.png,,1,2,5,6
            square.png,red,0,0,9,9
            square.png,green,0,0,8,8
            square.png,blue,0,0,8,8
            """);
    Map<String, Double> means =
        means("--boxes=" + boxes, "--threshold=0.5", "--measures=location", "--methods=cam");
    assertThat(means)
        .containsOnlyKeys(
            "cam error_top_1", "cam error_top_5", "cam iou", "cam pointing", "cam energy")
        .hasEntrySatisfying("cam iou", near(0.5))
        .hasEntrySatisfying("cam error_top_1", near(0));
    assertThat(out.toString())
        .contains("outside of the image's 8 x 8 pixels")
        .contains("the network has no class 'blue'")
        .doesNotContain("'green'");
  }

  @Test
  void pixelsAboveTheThresholdAreComparedWithTheObjects() throws IOException {
    List<String> names = List.of("square", "small", "missing", "damaged", "empty");
    for (String name : names) {
      ColourModel.paint(images.resolve(name + ".png"), names.indexOf(name));
    }
    Path dir = Files.createDirectories(folder.resolve("masks"));
    // The two columns of full red and one more on their left.
    BufferedImage mask = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    for (int row = 2; row < 6; row++) {
      for (int column = 0; column < 3; column++) {
        mask.getRaster().setSample(column, row, 0, 1);
      }
    }
    ImageIO.write(mask, "png", dir.resolve("square.png").toFile());
    ImageIO.write(
        new BufferedImage(4, SIDE, BufferedImage.TYPE_BYTE_GRAY),
        "png",
        dir.resolve("small.png").toFile());
    ImageIO.write(
        new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY),
        "png",
        dir.resolve("empty.png").toFile());
    Files.write(
        dir.resolve("damaged.png"),
        Arrays.copyOf(Files.readAllBytes(dir.resolve("square.png")), 50));
    Map<String, Double> means =
        means("--object-masks=" + dir, "--measures=location", "--threshold=0.5", "--methods=cam");
    assertThat(means)
        .containsOnlyKeys("cam mask_iou")
        .hasEntrySatisfying("cam mask_iou", near(8 / 12.0));
    assertThat(means("--object-masks=" + dir, "--measures=location", "--methods=cam", "--seed=1"))
        .as("two columns more are above 0.2 of the maximum")
        .hasEntrySatisfying("cam mask_iou", near(8 / 20.0));
    assertThat(out.toString())
        .contains(
            "small.png: its object mask was left out: it has 4 x 8 pixels and the image 8 x 8")
        .contains("missing.png: it has no object mask")
        .contains("empty.png: its object mask is empty")
        .containsPattern("damaged.png: its object mask was left out: \\S+")
        .contains("1 images, too few for intervals");
    assertRefused("is no folder of object masks", "--object-masks=" + folder.resolve("nix"));
  }

  @Test
  void whatCannotBeUsedIsNamedAndTheRestCounts() throws IOException {
    Path copy = images.resolve("the-copy.png");
    ColourModel.paint(copy);
    Path cut = images.resolve("cut.png");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(copy), 60));
    Files.writeString(images.resolve("notes.txt"), "no image");
    ImageIO.write(
        new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR),
        "png",
        images.resolve("black.png").toFile());
    Path labels =
        Files.writeString(
            folder.resolve("l.csv"),
            """
            file,label
            square.png,red
            the-copy.png,red
            cut.png,red
            notes.txt,mauve
            """);
    Map<String, Double> means = means("--labels=" + labels, "--measures=masking");
    assertThat(means).hasEntrySatisfying("cam drop", near(100 * (P - MASKED) / P));
    assertThat(out.toString())
        .contains("skipped black.png: it has no label")
        .containsPattern("skipped cut.png: \\S+")
        .contains("skipped notes.txt: the network has no class 'mauve'")
        .contains("skipped the-copy.png: to the network it is the same picture as square.png");
  }

  @Test
  void mapOfNothingIsSaid() throws IOException {
    ImageIO.write(
        new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR),
        "png",
        images.resolve("black.png").toFile());
    means("--measures=masking", "--methods=grad-cam");
    assertThat(out.toString()).contains("black.png: grad-cam: the map is zero", "2 images");
  }

  @Test
  void evaluationGoesOnWhereItWasAndNotWithOtherSettings() throws IOException {
    Map<String, Double> first = means("--measures=masking");
    Path journal = folder.resolve("out").resolve("images.jsonl");
    List<String> lines = Files.readAllLines(journal);
    assertThat(lines).hasSize(2);
    // What is taken from there is not measured again, and a line that was cut off is.
    Files.writeString(
        journal, lines.get(0) + "\n" + lines.get(1).replaceAll("\"drop\":[^,]+", "\"drop\":42.0"));
    assertThat(means("--measures=masking")).containsEntry("cam drop", 42.0);
    assertThat(folder.resolve("out").resolve("report.html"))
        .as("images of the first part have their pictures too")
        .content()
        .contains("best: square.png", "data:image/jpeg;base64,", "sightline evaluate /")
        .contains("sha256");
    Files.writeString(journal, lines.get(0) + "\n" + lines.get(1).substring(0, 50));
    assertThat(means("--measures=masking")).isEqualTo(first);
    assertThat(run("--measures=masking", "--seed=1", "--out=" + folder.resolve("out")))
        .isEqualTo(1);
    assertThat(err.toString()).contains("with another seed (0, not 1)");
  }

  @Test
  void stoppedEvaluationKeepsWhatWasDone() throws Exception {
    ImageIO.write(
        new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR),
        "png",
        images.resolve("black.png").toFile());
    Settings settings =
        new Settings(
            "maps",
            List.of(Method.METHOD_CAM),
            List.of(Upsampling.UPSAMPLING_BILINEAR),
            Set.of(Group.MASKING),
            null,
            1,
            null,
            0,
            1,
            0);
    try (ModelRepository models =
            ModelRepository.load(List.of(Path.of(model)), new OnnxRuntime(EngineSettings.cpu(4)));
        Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime)) {
      batcher.start(1);
      Planner planner =
          new Planner(
              new ServedCatalogue(models),
              new ImageReader(ImageLimits.DEFAULT),
              PlanLimits.DEFAULT);
      Evaluation evaluation =
          new Evaluation(
              new Passes(models.defaultModel(), planner, batcher),
              ImageSet.of(images),
              settings,
              Map.of(),
              folder.resolve("out"));
      evaluation.run(List.of(Path.of("square.png"), Path.of("black.png")), 1, evaluation::stop);
      assertThat(evaluation.results()).extracting(ImageResult::file).containsExactly("square.png");
      evaluation.finish("sightline evaluate");
      assertThat(Files.readAllLines(folder.resolve("out").resolve("images.jsonl"))).hasSize(2);
      assertThat(folder.resolve("out").resolve("table.csv"))
          .content()
          .contains("cam,bilinear,drop");
    }
  }

  @Test
  void wrongWordsAreToldInOneSentence() {
    assertRefused("there is no method 'grad-kam'", "--methods=grad-kam");
    assertRefused("upsampling is 'cubic'", "--upsampling=cubic");
    assertRefused("a threshold of 2.0", "--threshold=2");
    assertRefused("cannot be read", "--labels=" + folder.resolve("nix.csv"));
  }

  private void assertRefused(String message, String... options) {
    assertThat(run(options)).isEqualTo(1);
    assertThat(err.toString()).startsWith("sightline: ").contains(message);
    assertThat(err.toString().strip().lines()).hasSize(1);
  }

  private Map<String, Double> means(String... options) throws IOException {
    List<String> all = new ArrayList<>(List.of(options));
    Path into = folder.resolve("out");
    if (all.contains("--seed=1")) {
      into = folder.resolve("other");
    }
    all.add("--out=" + into);
    assertThat(run(all.toArray(String[]::new))).as(err.toString()).isZero();
    Map<String, Double> means = new HashMap<>();
    for (String line : Files.readAllLines(into.resolve("table.csv")).subList(1, lines(into))) {
      String[] cells = line.split(",", -1);
      assertThat(cells[1]).isEqualTo("bilinear");
      means.put(cells[0] + " " + cells[2], Double.valueOf(cells[3]));
    }
    assertThat(into.resolve("evaluation.json")).isNotEmptyFile();
    return means;
  }

  private static int lines(Path into) throws IOException {
    return Files.readAllLines(into.resolve("table.csv")).size();
  }

  private int run(String... options) {
    out = new StringWriter();
    err = new StringWriter();
    List<String> arguments =
        new ArrayList<>(List.of("evaluate", model, "--images=" + images, "--workers=1"));
    if (Arrays.stream(options).noneMatch(option -> option.startsWith("--upsampling"))) {
      arguments.add("--upsampling=bilinear");
    }
    arguments.addAll(List.of(options));
    return Main.configured(Main.commandLine())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments.toArray(String[]::new));
  }

  private static Consumer<Double> near(double wanted) {
    return value -> assertThat(value).isCloseTo(wanted, within(1e-4));
  }

  /** Of two other logits that are 0. */
  private static double probability(double logit) {
    return Math.exp(logit) / (Math.exp(logit) + 2);
  }

  /** Of the map (8 pixels of 1, 8 of 0.2, 48 of 0) with that of the masked image (1, 0.04, 0). */
  private static double correlation() {
    double meanA = 9.6 / 64;
    double meanB = 8.32 / 64;
    double ab = 8 + 8 * 0.2 * 0.04 - 64 * meanA * meanB;
    double aa = 8 + 8 * 0.04 - 64 * meanA * meanA;
    double bb = 8 + 8 * 0.0016 - 64 * meanB * meanB;
    return ab / Math.sqrt(aa * bb);
  }
}
