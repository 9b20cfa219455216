package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.Pictures;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipTest {
  @TempDir Path folder;

  @Test
  void everyFrameHasTheSameSize() throws IOException {
    Clip clip = KenBurns.overShippedPhotographs(9);
    assertThat(clip.frames()).isEqualTo(9);
    for (int i = 0; i < 9; i++) {
      Photo frame = PhotoCodec.read(clip.frame(i));
      assertThat(frame.width()).isEqualTo(KenBurns.WIDTH);
      assertThat(frame.height()).isEqualTo(KenBurns.HEIGHT);
    }
    assertThat(clip.frame(3)).isEqualTo(clip.frame(3));
  }

  @Test
  void photographsShareTheFramesEvenly() {
    KenBurns clip = KenBurns.overShippedPhotographs(7);
    int[] shown = new int[2];
    for (int i = 0; i < 7; i++) {
      shown[clip.part(i)]++;
    }
    assertThat(shown).containsExactly(4, 3);
  }

  @Test
  void viewMovesSmoothlyAndStaysWithinThePhotograph() {
    KenBurns clip = KenBurns.overShippedPhotographs(96);
    for (int part = 0; part < 2; part++) {
      for (int[] size : new int[][] {{480, 320}, {300, 900}, {4000, 500}}) {
        List<Rectangle2D> windows = new ArrayList<>();
        for (int i = 48 * part; i < 48 * (part + 1); i++) {
          Rectangle2D window = clip.window(i, size[0], size[1]);
          assertThat(window.getX()).isBetween(0.0, size[0] - window.getWidth() + 1e-6);
          assertThat(window.getY()).isBetween(0.0, size[1] - window.getHeight() + 1e-6);
          assertThat(window.getWidth() / window.getHeight()).isBetween(1.3333, 1.3334);
          windows.add(window);
        }
        double most = windows.get(0).getWidth() * 0.05;
        for (int i = 1; i < windows.size(); i++) {
          Rectangle2D before = windows.get(i - 1);
          Rectangle2D after = windows.get(i);
          assertThat(Math.abs(after.getCenterX() - before.getCenterX())).isLessThan(most);
          assertThat(Math.abs(after.getCenterY() - before.getCenterY())).isLessThan(most);
          assertThat(Math.abs(after.getWidth() - before.getWidth())).isLessThan(most);
        }
        double first = windows.get(0).getWidth();
        double last = windows.get(windows.size() - 1).getWidth();
        assertThat(Math.max(first, last) / Math.min(first, last)).isGreaterThan(1.5);
      }
    }
  }

  @Test
  void framesShowThePartOfThePhotographThatTheirWindowNames() throws IOException {
    Path photo = Files.write(folder.resolve("photo.png"), Pictures.png(1600, 1200));
    KenBurns clip = KenBurns.over(List.of(photo), 5);
    // The picture grows brighter from top to bottom, so a mean row tells where the window lies.
    for (int i = 0; i < 5; i++) {
      Photo frame = PhotoCodec.read(clip.frame(i));
      double sum = 0;
      for (byte value : frame.bgr()) {
        sum += value & 0xff;
      }
      double expected = 255 * clip.window(i, 1600, 1200).getCenterY() / 1200;
      assertThat(sum / frame.bgr().length).isBetween(expected - 2, expected + 2);
    }
  }

  @Test
  void filesThatDifferInANumberAloneAreAFilm() throws IOException {
    List<Path> files = written(30, 20, "a9.png", "a10.png", "a11.png", "a100.png");
    Collections.reverse(files);
    Clip film = NumberedFrames.of(files).orElseThrow();
    assertThat(film.frames()).isEqualTo(4);
    assertThat(film.frame(0)).isEqualTo(Pictures.png(30, 20));
    assertThat(NumberedFrames.of(files).orElseThrow().first(2).frames()).isEqualTo(2);
  }

  @Test
  void photographsAreNoFilm() throws IOException {
    assertThat(NumberedFrames.of(written(30, 20, "b1.png", "b2.png"))).isEmpty();
    assertThat(NumberedFrames.of(written(30, 20, "b1.png", "c2.png", "b3.png"))).isEmpty();
    assertThat(NumberedFrames.of(written(30, 20, "x.png", "y.png", "z.png"))).isEmpty();
    List<Path> files = written(30, 20, "d1.png", "d2.png");
    files.addAll(written(30, 21, "d3.png"));
    assertThat(NumberedFrames.of(files)).isEmpty();
  }

  private List<Path> written(int width, int height, String... names) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String name : names) {
      files.add(Files.write(folder.resolve(name), Pictures.png(width, height)));
    }
    return files;
  }
}
