package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people give that cannot be used: named in the report, and everything else is measured. */
class EvaluateBadInputTest {
  @TempDir private Path folder;
  private String model = "";
  private Path images = Path.of("");
  private String out = "";

  @BeforeEach
  void install() throws IOException {
    model = ColourModel.install(folder.resolve("models")).toString();
    images = Files.createDirectories(folder.resolve("images"));
  }

  @Test
  void truncatedPhotographAmongManyCostsNoOther() throws IOException {
    for (int n = 0; n < 40; n++) {
      ColourModel.paint(images.resolve("%02d.png".formatted(n)), n);
    }
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    ImageIO.write(ImageIO.read(images.resolve("00.png").toFile()), "jpg", jpeg);
    byte[] whole = jpeg.toByteArray();
    Files.write(images.resolve("cut.jpg"), Arrays.copyOf(whole, whole.length - 20));
    Files.write(images.resolve("empty.jpg"), new byte[0]);
    JsonNode report = evaluate();
    assertThat(report.path("images")).hasSize(40);
    assertThat(lines(report.path("skipped")))
        .hasSize(2)
        .anyMatch(line -> line.matches("cut.jpg: .*cut off.*"))
        .anyMatch(line -> line.startsWith("empty.jpg: "));
    assertThat(page()).contains("<li>cut.jpg: ", "40 images");
  }

  @Test
  void imagesOfNoClassAndClassesOfNoImageAreNamed() throws IOException {
    for (String label : List.of("red", "green", "mauve")) {
      Files.createDirectories(images.resolve(label));
    }
    ColourModel.paint(images.resolve("red").resolve("a.png"), 1);
    ColourModel.paint(images.resolve("mauve").resolve("b.png"), 2);
    ColourModel.paint(images.resolve("c.png"), 3);
    JsonNode report = evaluate("--labels=folders");
    assertThat(lines(report.path("skipped")))
        .containsExactly(
            "classes of which no image was measured: 2: green, mauve",
            "c.png: it has no label",
            "mauve/b.png: the network has no class 'mauve'");
    assertThat(out).contains("classes of which no image was measured: 2: green, mauve");
    assertThat(report.path("images")).hasSize(1);
  }

  @Test
  void labelsAndBoxesOfImagesThatAreNotThereAreCounted() throws IOException {
    ColourModel.paint(images.resolve("a.png"), 1);
    Path labels =
        Files.writeString(folder.resolve("l.csv"), "file,label\na.png,red\nz.png,green\n");
    StringBuilder boxes = new StringBuilder("file,label,xmin,ymin,xmax,ymax\na.png,red,1,2,5,6\n");
    boxes.append("a.png,red,4,4,9,9\na.png,red,-3,0,4,4\na.png,red,5,5,5,6\na.png,red,one,5,5,6\n");
    for (int n = 0; n < 12; n++) {
      boxes.append("x%02d.png,red,0,0,4,4%n".formatted(n));
    }
    JsonNode report =
        evaluate(
            "--labels=" + labels,
            "--boxes=" + Files.writeString(folder.resolve("b.csv"), boxes),
            "--measures=masking,location");
    assertThat(lines(report.path("skipped")))
        .anyMatch(line -> line.endsWith("line 5: a box from (5.0, 5.0) to (5.0, 6.0) has no area"))
        .anyMatch(line -> line.endsWith("line 6: its xmin is 'one'"))
        .contains("classes of which no image was measured: 1: green")
        .contains("labels of images that are not there: 1: z.png")
        .contains(
            "boxes of images that are not there: 12: x00.png, x01.png, x02.png, x03.png, x04.png,"
                + " x05.png, x06.png, x07.png, x08.png, x09.png, …");
    assertThat(lines(report.path("images").path(0).path("notes")))
        .hasSize(2)
        .allMatch(note -> note.contains("it lies outside of the image's 8 x 8 pixels"));
    assertThat(report.path("images").path(0).path("figures").path("cam bilinear").path("iou"))
        .as("the box that is right counts")
        .hasToString("1.0");
  }

  @Test
  void tooFewImagesForAnIntervalIsSaid() throws IOException {
    for (int n = 0; n < 4; n++) {
      ColourModel.paint(images.resolve(n + ".png"), n);
    }
    JsonNode report = evaluate();
    assertThat(out).contains("4 images, too few for intervals");
    assertThat(page()).contains("too few images for intervals: from 5 on there are some");
    assertThat(report.path("table").findValues("low")).isNotEmpty().allMatch(JsonNode::isNull);
  }

  @Test
  void folderWithoutAnyImageEndsWithAReason() throws IOException {
    Files.writeString(images.resolve("notes.txt"), "no image");
    assertThat(run()).isEqualTo(1);
    assertThat(out).contains("skipped notes.txt: ", "no image could be measured");
    assertThat(page()).contains("0 images", "<li>notes.txt: ");
  }

  private static List<String> lines(JsonNode array) {
    List<String> lines = new ArrayList<>();
    array.forEach(line -> lines.add(line.asText()));
    return lines;
  }

  private String page() throws IOException {
    return Files.readString(folder.resolve("out").resolve("report.html"));
  }

  private JsonNode evaluate(String... options) throws IOException {
    assertThat(run(options)).as(out).isZero();
    return new ObjectMapper().readTree(folder.resolve("out").resolve("evaluation.json").toFile());
  }

  private int run(String... options) {
    StringWriter printed = new StringWriter();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "evaluate",
                model,
                "--images=" + images,
                "--workers=1",
                "--methods=cam",
                "--out=" + folder.resolve("out")));
    if (Arrays.stream(options).noneMatch(option -> option.startsWith("--measures"))) {
      arguments.add("--measures=masking");
    }
    arguments.addAll(List.of(options));
    int code =
        Main.configured(Main.commandLine())
            .setOut(new PrintWriter(printed, true))
            .setErr(new PrintWriter(printed, true))
            .execute(arguments.toArray(String[]::new));
    out = printed.toString();
    return code;
  }
}
