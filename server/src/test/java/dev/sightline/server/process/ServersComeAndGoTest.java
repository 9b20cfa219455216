package dev.sightline.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.Options;
import dev.sightline.client.Outcome;
import dev.sightline.client.SightlineClient;
import dev.sightline.server.app.SmallModel;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three servers that are killed, told to end and started again at random, and a fourth that joins
 * them, under live streams and a batch that go to them in turn.
 */
class ServersComeAndGoTest {
  private static final int CAMERAS = 3;

  @TempDir Path folder;
  private final List<ServerProcess> servers = new ArrayList<>();
  private int killed;
  private int ended;

  @AfterEach
  void stop() {
    servers.forEach(ServerProcess::close);
  }

  @Test
  @Timeout(180)
  void everyFrameHasOneAnswerAndTheBatchLosesNothing() throws Exception {
    disturb(1, Duration.ofSeconds(5));
  }

  @Test
  @Tag("soak")
  @Timeout(900)
  void forMinutesEveryFrameHasOneAnswerAndTheBatchLosesNothing() throws Exception {
    disturb(2, Duration.ofMinutes(3));
    assertThat(killed).isGreaterThan(10);
    assertThat(ended).isGreaterThan(10);
  }

  private void disturb(long seed, Duration time) throws Exception {
    Path model = SmallModel.install(folder, "small");
    Random random = new Random(seed);
    for (int i = 0; i < 3; i++) {
      servers.add(ServerProcess.start(model, 0));
    }
    int fourth = freePort();
    List<Integer> ports = new ArrayList<>();
    for (ServerProcess server : servers) {
      ports.add(server.port());
    }
    ports.add(fourth);
    String addresses = String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
    try (SightlineClient client = SightlineClient.connect(addresses)) {
      Album album = new Album(client);
      List<Camera> cameras = new ArrayList<>();
      for (int i = 0; i < CAMERAS; i++) {
        cameras.add(new Camera(client, Options.defaults()));
      }
      album.answers.awaitExplained(1);
      servers.add(ServerProcess.start(model, fourth));
      long end = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < end) {
        int which = random.nextInt(servers.size());
        if (servers.get(which).isAlive()) {
          end(servers.get(which), random.nextBoolean());
        } else {
          servers.set(which, ServerProcess.start(model, ports.get(which)));
        }
        // Streams are to get to work in between, and servers are to come up.
        TimeUnit.MILLISECONDS.sleep(random.nextInt(1000));
      }
      if (servers.stream().noneMatch(ServerProcess::isAlive)) {
        servers.set(0, ServerProcess.start(model, ports.get(0)));
      }
      album.answers.awaitExplained(1);
      album.close();
      for (Camera camera : cameras) {
        camera.answers.awaitExplained(1);
        camera.close(Outcome.SUPERSEDED, Outcome.LOST);
      }
    }
    assertThat(killed).isPositive();
    assertThat(ended).isPositive();
  }

  private void end(ServerProcess server, boolean gently) throws Exception {
    if (!gently) {
      server.kill();
      killed++;
    } else if (server.isServing()) {
      server.terminate();
      assertThat(server.awaitExit()).as(server.output()).isZero();
      ended++;
    }
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
