package dev.sightline.server.app.evaluate.annotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.explain.measure.Mask;
import dev.sightline.server.image.Decoded;
import dev.sightline.server.image.InputShape;
import dev.sightline.v1.Region;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectMasksTest {
  /** Of 4 × 2 pixels the network sees the two columns in the middle, in twice the size. */
  private static final Decoded IMAGE =
      new Decoded(4, 2, Region.newBuilder().setX(1).setWidth(2).setHeight(2).build(), null, null);

  private static final InputShape INPUT = new InputShape(3, 4, 4);

  @TempDir private Path folder;
  private final List<String> notes = new ArrayList<>();

  @Test
  void maskIsWhatTheNetworkSeesOfIt() throws IOException {
    BufferedImage mask = new BufferedImage(4, 2, BufferedImage.TYPE_BYTE_GRAY);
    mask.getRaster().setSample(0, 0, 0, 255);
    mask.getRaster().setSample(1, 1, 0, 255);
    write(mask, "cat.png");
    assertThat(read("cat.jpg").map(Mask::inside))
        .contains(
            new boolean[] {
              false, false, false, false,
              false, false, false, false,
              true, true, false, false,
              true, true, false, false
            });
    assertThat(notes).isEmpty();
  }

  @Test
  void smallestNumbersAreTheObjectAndAlphaIsNot() throws IOException {
    BufferedImage deep = new BufferedImage(4, 2, BufferedImage.TYPE_USHORT_GRAY);
    deep.getRaster().setSample(1, 0, 0, 1);
    write(deep, "deep.png");
    assertThat(read("deep.jpg").map(Mask::area)).contains(4);
    BufferedImage colours = new BufferedImage(4, 2, BufferedImage.TYPE_INT_ARGB);
    for (int i = 0; i < 8; i++) {
      colours.setRGB(i % 4, i / 4, 0xff000000);
    }
    colours.setRGB(2, 1, 0xff000100);
    write(colours, "colours.png");
    assertThat(read("colours.jpg").map(Mask::area)).contains(4);
  }

  @Test
  void maskBesideItsNamesakeIsThatOfItsFolder() throws IOException {
    Files.createDirectories(folder.resolve("b"));
    BufferedImage mask = new BufferedImage(4, 2, BufferedImage.TYPE_BYTE_GRAY);
    mask.getRaster().setSample(1, 0, 0, 1);
    write(mask, "cat.png");
    mask.getRaster().setSample(2, 0, 0, 1);
    write(mask, "b/cat.png");
    assertThat(read("a/cat.jpeg").map(Mask::area)).as("there is no folder a").contains(4);
    assertThat(read("b/cat.jpeg").map(Mask::area)).contains(8);
  }

  @Test
  void objectOutOfSightIsSaid() throws IOException {
    BufferedImage mask = new BufferedImage(4, 2, BufferedImage.TYPE_BYTE_GRAY);
    mask.getRaster().setSample(3, 0, 0, 1);
    write(mask, "cat.png");
    assertThat(read("cat.jpg")).isEmpty();
    assertThat(read("dog.jpg")).isEmpty();
    assertThat(notes)
        .containsExactly(
            "its object mask was left out: the network does not see that part of the image",
            "it has no object mask");
  }

  private Optional<Mask> read(String image) {
    return new ObjectMasks(folder).of(Path.of(image), IMAGE, INPUT, notes::add);
  }

  private void write(BufferedImage image, String name) throws IOException {
    ImageIO.write(image, "png", folder.resolve(name).toFile());
  }
}
