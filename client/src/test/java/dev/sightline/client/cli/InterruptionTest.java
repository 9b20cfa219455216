package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.FakeServer;
import dev.sightline.client.Pictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each command against a server that dies in the middle and comes back. */
class InterruptionTest {
  private static final int IMAGES = 20;

  @TempDir Path folder;

  @Test
  void explainLosesNothing() throws Exception {
    Path images = images();
    Cli cli = run("explain", images.toString(), "--format", "json");
    assertThat(cli.exit()).as(cli.err()).isZero();
    assertThat(cli.out().split("\"tabby\"", -1)).hasSizeGreaterThan(IMAGES);
    assertThat(cli.err()).hasLineCount(2);
    assertThat(cli.err().lines().toList().get(0))
        .startsWith("sightline: ")
        .endsWith("trying again");
    assertThat(cli.err()).endsWith("sightline: the server is back\n");
  }

  @Test
  void watchLosesNothing() throws Exception {
    Cli cli = run("watch", images().toString(), "--once");
    assertThat(cli.exit()).as(cli.err()).isZero();
    assertThat(cli.out().lines()).hasSize(IMAGES);
    assertThat(cli.err()).contains("trying again\n", "sightline: the server is back\n");
  }

  @Test
  void demoShowsWhatWasLostAndGoesOn() throws Exception {
    Cli cli =
        run("demo", "--frames", "60", "--fps", "40", "--out", folder.resolve("demo").toString());
    assertThat(cli.out())
        .contains("; trying again\n", "sightline: the server is back\n", "contact sheet")
        .contains("60 frames: ")
        .doesNotContain("the stream failed");
    assertThat(cli.out().lines().filter(line -> line.matches(" +\\d+  .*"))).hasSize(60);
  }

  private Path images() throws IOException {
    Path images = Files.createDirectory(folder.resolve("images"));
    for (int i = 0; i < IMAGES; i++) {
      Files.write(images.resolve("i" + (10 + i) + ".png"), Pictures.png(8, 8));
    }
    return images;
  }

  private static Cli run(String... arguments) throws Exception {
    FakeServer mortal = FakeServer.onLoopback().dieAfter(7);
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--server", mortal.address()));
    CompletableFuture<Cli> cli =
        CompletableFuture.supplyAsync(() -> Cli.run(all.toArray(String[]::new)));
    try (FakeServer back = mortal.comeBack()) {
      assertThat(back.address()).isEqualTo(mortal.address());
      return cli.get(60, TimeUnit.SECONDS);
    }
  }
}
