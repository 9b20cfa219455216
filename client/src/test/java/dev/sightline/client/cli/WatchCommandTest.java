package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.FakeServer;
import dev.sightline.client.Pictures;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchCommandTest {
  private final FakeServer server = FakeServer.onLoopback();

  @TempDir Path folder;

  WatchCommandTest() throws IOException {}

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void onceHandlesWhatIsThereAndEnds() throws IOException {
    Files.write(folder.resolve("a.png"), Pictures.png(8, 8));
    Files.writeString(folder.resolve("b.jpg"), "no image");
    Files.writeString(folder.resolve("c.txt"), "not looked at");

    Cli cli = Cli.run("watch", "--server", server.address(), "--once", folder.toString());

    assertThat(cli.exit()).isEqualTo(1);
    Path overlay = folder.resolve("sightline-out/a.png-grad-cam.png");
    assertThat(cli.out()).isEqualTo("a.png  tabby 50.0 %  5.0 ms  " + overlay + "\n");
    assertThat(overlay).exists();
    assertThat(cli.err())
        .startsWith("sightline: " + folder.resolve("b.jpg") + ": ")
        .hasLineCount(1);
  }

  @Test
  void unchangedImageIsToldAndKeepsTheLastOverlay() throws IOException {
    Files.write(folder.resolve("a.png"), Pictures.png(8, 8));
    Files.write(folder.resolve("b.png"), Pictures.png(8, 8));
    Files.writeString(folder.resolve("c.png"), "no image");
    Files.write(folder.resolve("d.png"), Pictures.png(8, 8));
    Files.write(folder.resolve("e.png"), Pictures.png(9, 8));
    Files.write(folder.resolve("f.png"), Pictures.png(9, 8));

    Cli cli =
        Cli.run(
            "watch",
            "--server",
            server.address(),
            "--once",
            "--skip-unchanged",
            "2.5",
            folder.toString());

    assertThat(server.asked().getUnchangedWithin()).isEqualTo(2.5f);
    Path out = folder.resolve("sightline-out");
    assertThat(cli.out().lines())
        .containsExactly(
            "a.png  tabby 50.0 %  5.0 ms  " + out.resolve("a.png-grad-cam.png"),
            "b.png  unchanged since a.png  2.0 ms",
            "d.png  unchanged since a.png  2.0 ms",
            "e.png  tabby 50.0 %  5.0 ms  " + out.resolve("e.png-grad-cam.png"),
            "f.png  unchanged since e.png  2.0 ms");
    assertThat(out).isDirectoryNotContaining("glob:**/[bcdf].png*");
    assertThat(cli.err())
        .startsWith("sightline: " + folder.resolve("c.png") + ": ")
        .hasLineCount(1);
    assertThat(cli.exit()).isEqualTo(1);
  }

  @Test
  void imageThatIsLostWithItsServerIsSentAgain() throws Exception {
    Files.write(folder.resolve("a.png"), Pictures.png(8, 8));
    Files.write(folder.resolve("b.png"), Pictures.png(8, 8));
    server.dieAfter(1);
    CompletableFuture<Cli> watching =
        CompletableFuture.supplyAsync(
            () ->
                Cli.run(
                    "watch",
                    "--server",
                    server.address(),
                    "--once",
                    "--skip-unchanged",
                    "3",
                    folder.toString()));
    try (FakeServer next = server.comeBack()) {
      Cli cli = watching.get(20, TimeUnit.SECONDS);
      // Another server has seen nothing before.
      assertThat(cli.out().lines())
          .map(line -> line.substring(0, 12))
          .containsExactly("a.png  tabby", "b.png  tabby");
      assertThat(cli.err()).contains("sightline: ");
      assertThat(cli.exit()).isZero();
      assertThat(next.asked().getUnchangedWithin()).isEqualTo(3);
    }
  }

  @Test
  void newImagesAreExplainedAsTheyCome() throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Path out = folder.resolve("elsewhere");
    Path watched = Files.createDirectory(folder.resolve("watched"));
    Files.write(watched.resolve("first.png"), Pictures.png(8, 8));
    Thread command =
        new Thread(
            () ->
                Main.commandLine()
                    .setOut(new PrintWriter(queued(lines), true))
                    .setErr(new PrintWriter(queued(lines), true))
                    .execute(
                        "watch",
                        "--server",
                        server.address(),
                        "--quiet-for",
                        "20",
                        "--out",
                        out.toString(),
                        watched.toString()));
    command.start();
    assertThat(next(lines)).startsWith("first.png  tabby");
    assertThat(next(lines)).isEqualTo("watching " + watched + "; Ctrl-C ends");

    Files.writeString(watched.resolve("notes.txt"), "not looked at");
    Path beside = Files.write(folder.resolve("moved.png"), Pictures.png(8, 8));
    Files.move(beside, watched.resolve("moved.png"));
    assertThat(next(lines)).startsWith("moved.png  tabby");
    assertThat(out.resolve("moved.png-grad-cam.png")).exists();

    command.interrupt();
    command.join(10_000);
    assertThat(command.isAlive()).isFalse();
    assertThat(lines).isEmpty();
  }

  @Test
  void misuseIsASentence() {
    assertThat(Cli.run("watch", folder.resolve("none").toString()).err())
        .startsWith("sightline: " + folder.resolve("none") + " is no folder\n");
    assertThat(Cli.run("watch", "--out", folder + "/.", folder.toString()).err())
        .startsWith("sightline: overlays in the watched folder would be explained in turn\n");
  }

  @Test
  void aFileCountsAsWholeOnceNothingTouchesIt() {
    Settling settling = new Settling(Duration.ofNanos(100));
    Path a = Path.of("a");
    Path b = Path.of("b");
    assertThat(settling.untilNext(0)).isEmpty();
    settling.touched(a, 0);
    settling.touched(b, 50);
    assertThat(settling.settled(99)).isEmpty();
    settling.touched(a, 99);
    assertThat(settling.untilNext(100)).contains(Duration.ofNanos(50));
    assertThat(settling.settled(150)).containsExactly(b);
    assertThat(settling.settled(198)).isEmpty();
    assertThat(settling.untilNext(300)).contains(Duration.ZERO);
    assertThat(settling.settled(199)).containsExactly(a);
    assertThat(settling.settled(500)).isEmpty();
  }

  private static String next(BlockingQueue<String> lines) throws InterruptedException {
    String line = lines.poll(10, TimeUnit.SECONDS);
    if (line == null) {
      throw new AssertionError("nothing was printed for ten seconds");
    }
    return line;
  }

  private static Writer queued(BlockingQueue<String> lines) {
    StringBuilder open = new StringBuilder();
    return new Writer() {
      @Override
      public void write(char[] buffer, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
          if (buffer[i] == '\n') {
            lines.add(open.toString());
            open.setLength(0);
          } else {
            open.append(buffer[i]);
          }
        }
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }
}
