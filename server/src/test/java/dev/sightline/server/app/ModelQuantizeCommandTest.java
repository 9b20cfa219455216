package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.model.BoxNetwork;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.PulledModels;
import dev.sightline.server.model.pull.Catalogue;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelQuantizeCommandTest {
  private static final Path PHOTO = Path.of("src/test/resources/photos/both.png");

  @TempDir private Path folder;
  private ModelStore store;
  private Path photos;
  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();

  @BeforeEach
  void install() throws IOException {
    store = new ModelStore(folder.resolve("models"));
    BoxNetwork.install(store, "boxes");
    photos = Files.createDirectories(folder.resolve("photos"));
    for (int i = 0; i < 5; i++) {
      photo(photos.resolve("a" + i + ".png"), 0x203040 * (i + 1));
    }
    Files.writeString(photos.resolve("notes.txt"), "not a photograph");
  }

  @Test
  void modelIsMadeReadAndMeasured() {
    assertThat(run("boxes", "--images", photos.toString())).as(err.toString()).isZero();

    assertThat(out.toString())
        .containsPattern("skipped .*notes\\.txt: ")
        .contains("boxes-int8: boxes, int8", "layer   relu12")
        .contains("12 convolutions, weights of 7 bits, ranges of 4 images")
        .contains("beside boxes, on the images kept for this:", "the same class on 1 of 1")
        .containsPattern("Grad-CAM differs by 0\\.00. of its greatest value")
        .containsPattern("its ranks correlate by 0\\.9");
    ModelFolder made = ModelFolder.read(store.folder("boxes-int8"));
    ModelFolder model = ModelFolder.read(store.folder("boxes"));
    assertThat(made.defaultLayer()).isEqualTo(model.defaultLayer());
    assertThat(made.sigmas()).isEqualTo(model.sigmas());
    assertThat(made.labels().all()).isEqualTo(model.labels().all());
    assertThat(run("boxes", "--images", photos.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("there is a model 'boxes-int8' at");
    assertThat(run("boxes", "--images", photos.toString(), "--name", "small", "--weight-bits", "8"))
        .isZero();
    assertThat(out.toString()).contains("small: boxes, int8", "weights of 8 bits");
  }

  @Test
  void whatCannotBeDoneIsToldInOneSentence() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    assertRefused("no image in " + empty + " could be used", "boxes", "--images=" + empty);
    assertRefused("--weight-bits is 7 or 8, not 4", "boxes", "--images=x", "--weight-bits=4");
    assertRefused("there is no model 'nix'", "nix", "--images=x");
    assertRefused("there is a model 'boxes' at", "boxes", "--images=" + photos, "--name=boxes");
  }

  @Test
  void fewImagesMakeAModelThatWasNotMeasured() throws IOException {
    Path one = Files.createDirectories(folder.resolve("one"));
    photo(one.resolve("a.png"), 0x405060);
    assertThat(run("boxes", "--images", one.toString())).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("how far it is from boxes was not measured: too few images");
  }

  @Test
  void realWeightsKeepTheirMaps() throws IOException {
    Path model = PulledModels.require("mobilenet-v1");
    Path crops = Files.createDirectories(folder.resolve("crops"));
    BufferedImage photo = ImageIO.read(PHOTO.toFile());
    int side = photo.getHeight() * 3 / 4;
    for (int i = 0; i < 16; i++) {
      int x = i % 4 * (photo.getWidth() - side) / 3;
      int y = i / 4 * (photo.getHeight() - side) / 3;
      ImageIO.write(
          photo.getSubimage(x, y, side, side), "png", crops.resolve("crop" + i + ".png").toFile());
    }
    assertThat(run(model.toString(), "--images", crops.toString(), "--name", "real"))
        .as(err.toString())
        .isZero();
    assertThat(out.toString()).contains("27 convolutions", "the same class on 4 of 4");
    Matcher differs = Pattern.compile("differs by (0\\.\\d+)").matcher(out.toString());
    assertThat(differs.find()).as(out.toString()).isTrue();
    assertThat(Double.parseDouble(differs.group(1))).isLessThan(0.05);
  }

  private void assertRefused(String why, String... arguments) {
    assertThat(run(arguments)).isEqualTo(1);
    assertThat(err.toString().strip()).startsWith("sightline: ").contains(why);
    assertThat(err.toString().strip().lines()).hasSize(1);
  }

  private int run(String... options) {
    out = new StringWriter();
    err = new StringWriter();
    String[] arguments = new String[options.length + 1];
    arguments[0] = "quantize";
    System.arraycopy(options, 0, arguments, 1, options.length);
    ModelCommand command =
        new ModelCommand(
            store,
            Catalogue.builtIn(),
            (npmPackage, into, progress) -> {
              throw new ModelException("no npm here");
            });
    return Main.configured(new CommandLine(command))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  /** Shades of a colour, so that no channel is the same everywhere. */
  private static void photo(Path file, int rgb) throws IOException {
    BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 48; y++) {
      for (int x = 0; x < 64; x++) {
        image.setRGB(x, y, rgb + 0x010203 * ((x * y) % 60));
      }
    }
    ImageIO.write(image, "png", file.toFile());
  }
}
