package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.Answer;
import dev.sightline.client.Image;
import dev.sightline.client.LiveListener;
import dev.sightline.client.LiveStream;
import dev.sightline.client.Options;
import dev.sightline.client.Outcome;
import dev.sightline.client.SightlineClient;
import dev.sightline.client.SightlineException;
import dev.sightline.client.Unexplained;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real servers that are drained one after the other, under the client SDK's eyes. */
class DrainUnderTheSdkTest {
  private static final int SERVERS = 3;

  private final List<RunningServer> servers = new ArrayList<>();
  private final Image image = Image.of(new BufferedImage(40, 30, BufferedImage.TYPE_3BYTE_BGR));

  @TempDir Path store;

  @AfterEach
  void stop() {
    servers.forEach(RunningServer::close);
  }

  @Test
  void streamsAndBatchesOfRealServersLoseNothingWhenEachIsReplaced() throws Exception {
    replace(2);
  }

  @Test
  @Tag("soak")
  void streamsAndBatchesLoseNothingHoweverOftenEachIsReplaced() throws Exception {
    replace(30);
  }

  private void replace(int times) throws Exception {
    Path model = SmallModel.install(store, "small");
    for (int i = 0; i < SERVERS; i++) {
      servers.add(RunningServer.start(LoopbackConfig.onPort(0), List.of(model)));
    }
    List<String> addresses = servers.stream().map(RunningServer::address).toList();
    List<Answer> seen = new CopyOnWriteArrayList<>();
    List<SightlineException> failures = new CopyOnWriteArrayList<>();
    Semaphore explained = new Semaphore(0);
    LiveListener listener =
        new LiveListener() {
          @Override
          public void answered(Answer answer) {
            seen.add(answer);
            if (answer.isExplained()) {
              explained.release();
            }
          }

          @Override
          public void failed(SightlineException failure) {
            failures.add(failure);
          }
        };
    int images = 200 * times;
    long sent = 0;
    try (SightlineClient client = SightlineClient.connect(String.join(",", addresses))) {
      client.models();
      CompletableFuture<List<Answer>> batch =
          CompletableFuture.supplyAsync(
              () -> {
                try (Stream<Answer> answers =
                    client.explainAll(
                        Stream.generate(() -> image).limit(images), Options.defaults())) {
                  return answers.toList();
                }
              });
      try (LiveStream live = client.live(Options.defaults(), listener)) {
        for (int i = 0; i < times * SERVERS; i++) {
          for (int frame = 0; frame < 20; frame++) {
            sent = live.send(image);
          }
          // Not before the stream is at work.
          assertThat(explained.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
          explained.drainPermits();
          RunningServer old = servers.get(i % SERVERS);
          CompletableFuture<Void> gone = CompletableFuture.runAsync(old::close);
          for (int frame = 0; frame < 20; frame++) {
            sent = live.send(image);
          }
          gone.get(30, TimeUnit.SECONDS);
          String address = addresses.get(i % SERVERS);
          int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
          servers.set(
              i % SERVERS, RunningServer.start(LoopbackConfig.onPort(port), List.of(model)));
        }
      }
      assertThat(batch.get(60, TimeUnit.SECONDS))
          .hasSize(images)
          .allMatch(Answer::isExplained)
          .extracting(Answer::sequence)
          .isSorted();
    }

    assertThat(failures).isEmpty();
    assertThat(seen)
        .extracting(Answer::sequence)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, sent).boxed().toList());
    assertThat(seen).filteredOn(Answer::isExplained).hasSizeGreaterThanOrEqualTo(times * SERVERS);
    assertThat(seen)
        .filteredOn(answer -> !answer.isExplained())
        .allSatisfy(
            answer -> assertThat(((Unexplained) answer).outcome()).isEqualTo(Outcome.SUPERSEDED));
  }
}
