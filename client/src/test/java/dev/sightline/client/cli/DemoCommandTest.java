package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.FakeServer;
import dev.sightline.client.Pictures;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {
  private final FakeServer server = FakeServer.onLoopback();

  @TempDir Path folder;

  DemoCommandTest() throws IOException {}

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void clipIsExplainedFrameByFrameAndEndsInAContactSheet() throws IOException {
    Path out = folder.resolve("demo");
    Cli cli = demo("--frames", "20", "--fps", "100", "--out", out.toString());

    assertThat(cli.err()).isEmpty();
    assertThat(cli.exit()).isZero();
    assertThat(cli.out().lines().filter(line -> line.matches(" +\\d+  .*"))).hasSize(20);
    assertThat(cli.out())
        .contains("tabby")
        .contains("50.0 %   batch 2   queue    1.0 ms   compute    3.0 ms   total    5.0 ms")
        .contains("20 frames: 20 explained, 0 superseded by newer ones")
        .endsWith("contact sheet  " + out.resolve("contact-sheet.png") + System.lineSeparator());
    Photo overlay =
        PhotoCodec.read(Files.readAllBytes(out.resolve("overlays/frame-0020-grad-cam.png")));
    assertThat(overlay.width()).isEqualTo(KenBurns.WIDTH);
    Photo sheet = PhotoCodec.read(Files.readAllBytes(out.resolve("contact-sheet.png")));
    assertThat(sheet.width()).isGreaterThan(1500);
  }

  @Test
  void overlaysOfAnEarlierRunAreRemovedAndNothingElseIs() throws IOException {
    demo("--frames", "3", "--fps", "100", "--out", folder.toString());
    Path own = Files.writeString(folder.resolve("overlays/mine.png"), "mine");
    demo("--frames", "1", "--fps", "100", "--out", folder.toString());

    assertThat(folder.resolve("overlays/frame-0001-grad-cam.png")).exists();
    assertThat(folder.resolve("overlays/frame-0002-grad-cam.png")).doesNotExist();
    assertThat(own).exists();
  }

  @Test
  void severalMethodsAndClassesHaveAnOverlayEach() throws IOException {
    Cli cli =
        demo(
            "--frames",
            "2",
            "--fps",
            "100",
            "--out",
            folder.toString(),
            "--method",
            "grad-cam,LayerCAM",
            "--class",
            "top:2");
    assertThat(cli.exit()).isZero();
    assertThat(folder.resolve("overlays"))
        .isDirectoryContaining("glob:**/frame-0002-grad-cam-top1.png")
        .isDirectoryContaining("glob:**/frame-0002-layer-cam-top2.png");
  }

  @Test
  void numberedFramesAreAllSentInOrder() throws IOException {
    Path film = Files.createDirectory(folder.resolve("film"));
    for (int i = 8; i <= 11; i++) {
      Files.write(film.resolve("f" + i + ".png"), Pictures.png(20, 12));
    }
    Cli cli = demo("--input", film.toString(), "--fps", "100", "--out", folder.toString());
    assertThat(cli.out()).contains("4 frames: 4 explained");
  }

  @Test
  void whatTheServerCannotMeetIsToldOnce() {
    Cli cli = demo("--layer", "conv_99", "--out", folder.toString());
    assertThat(cli)
        .isEqualTo(new Cli(1, "", "sightline: fake-net has no layer \"conv_99\"" + "\n"));
  }

  @Test
  void misuseIsASentence() {
    assertThat(demo("--fps", "0").err()).startsWith("sightline: --fps is above 0");
    assertThat(demo("--frames", "0").exit()).isEqualTo(2);
    assertThat(demo("--frames", "1", "--seconds", "2").err())
        .startsWith("sightline: --seconds and --frames say the same; give one\n");
    assertThat(demo("--input", "nowhere.jpg"))
        .isEqualTo(new Cli(1, "", "sightline: there is no file nowhere.jpg\n"));
  }

  private Cli demo(String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "demo";
    all[1] = "--server";
    all[2] = server.address();
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return Cli.run(all);
  }
}
