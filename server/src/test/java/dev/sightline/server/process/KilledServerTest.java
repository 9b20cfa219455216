package dev.sightline.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.Explanation;
import dev.sightline.client.Method;
import dev.sightline.client.Options;
import dev.sightline.client.Outcome;
import dev.sightline.client.SightlineClient;
import dev.sightline.server.app.SmallModel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL in the middle of a live stream and a batch, and a new server on the same port. */
class KilledServerTest {
  private static final Duration BACK = Duration.ofSeconds(2);

  @TempDir Path folder;

  @Test
  @Timeout(180)
  void streamComesBackWithItsOptionsAndTellsWhatWasLostAndBatchLosesNothing() throws Exception {
    kill(2);
  }

  @Test
  @Tag("soak")
  @Timeout(900)
  void thirtyTimesStreamComesBackAndBatchLosesNothing() throws Exception {
    kill(30);
  }

  /** How long a client of its own takes here to come and be answered, on a machine that is busy. */
  private static Duration firstAnswer(ServerProcess server) throws Exception {
    long begin = System.nanoTime();
    try (SightlineClient client = SightlineClient.connect(server.address())) {
      client.explain(NumberedImage.of(1), Options.defaults());
    }
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /** Every other time it hangs first, so that there are frames without an answer. */
  private void kill(int times) throws Exception {
    Path model = SmallModel.install(folder, "small");
    ServerProcess server = ServerProcess.start(model, 0);
    try (SightlineClient client = SightlineClient.connect(server.address())) {
      Camera camera = new Camera(client, Options.builder().methods(Method.GRAD_CAM).build());
      Album album = new Album(client);
      camera.answers.awaitExplained(1);
      camera.options(Options.builder().methods(Method.LAYER_CAM).build());
      for (int i = 0; i < times; i++) {
        camera.answers.awaitExplained(20);
        album.answers.awaitExplained(20);
        int lost = camera.answers.with(Outcome.LOST);
        int port = server.port();
        if (i % 2 == 0) {
          server.freeze();
          camera.awaitSent(20);
        }
        server.kill();
        server = ServerProcess.start(model, port);
        long back = server.servingSince();
        camera.answers.awaitExplained(1);
        Duration away = Duration.ofNanos(System.nanoTime() - back);
        assertThat(away).isLessThan(BACK.plus(firstAnswer(server)));
        if (i % 2 == 0) {
          assertThat(camera.answers.with(Outcome.LOST)).isGreaterThan(lost);
        }
        Explanation latest = camera.answers.latest();
        assertThat(latest.generation()).isEqualTo(2);
        assertThat(latest.heatmap().method()).isEqualTo(Method.LAYER_CAM);
      }
      camera.close(Outcome.SUPERSEDED, Outcome.LOST);
      album.close();
    } finally {
      server.close();
    }
  }
}
