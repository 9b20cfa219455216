package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LiveResumeTest {
  private final MortalServer first = new MortalServer();
  private final MortalServer second = new MortalServer();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final LiveListener listener =
      new LiveListener() {
        @Override
        public void answered(Answer answer) {
          heard.add(LiveResumeTest.text(answer));
        }

        @Override
        public void interrupted(SightlineException reason) {
          heard.add("interrupted " + reason.reason());
        }

        @Override
        public void resumed() {
          heard.add("resumed");
        }

        @Override
        public void failed(SightlineException failure) {
          heard.add("failed " + failure.reason());
        }
      };

  LiveResumeTest() throws IOException {}

  @AfterEach
  void stop() {
    first.close();
    second.close();
  }

  @Test
  void aDrainedStreamGoesOnAtTheOtherServerWhileTheFirstAnswersWhatItAccepted() throws Exception {
    SightlineClient client = client(first.address() + "," + second.address()).build();
    LiveStream live = client.live(model("a"), listener);
    live.send(MortalServer.image(1));
    MortalServer host = host(1);
    MortalServer other = host == first ? second : first;
    live.send(MortalServer.image(2));
    live.options(model("b"));
    live.send(MortalServer.image(3));
    live.send(MortalServer.image(4));
    host.awaitFrames(4);

    host.drain(2);
    live.send(MortalServer.image(5));
    other.awaitFrames(1);
    other.answering(true);
    assertThat(heard).isEmpty();
    host.answerOne(0, false);
    assertThat(next()).isEqualTo("1 a 1");
    host.answerOne(0, false);

    assertThat(next()).isEqualTo("2 a 1");
    assertThat(next()).isEqualTo("3 SUPERSEDED 2");
    // The fourth was the newest that was not accepted, unless the fifth came before the notice.
    assertThat(next()).isIn("4 b 2", "4 SUPERSEDED 2");
    assertThat(next()).isEqualTo("5 b 2");
    live.close();
    client.close();
    assertThat(heard).isEmpty();
    assertThat(first.violations()).isEmpty();
    assertThat(second.violations()).isEmpty();
  }

  @Test
  void framesOfAServerThatDiesAreLostAndTheStreamGoesOnWhenItIsBack() throws Exception {
    SightlineClient client = client(first.address()).build();
    LiveStream live = client.live(model("a"), listener);
    live.send(MortalServer.image(1));
    first.awaitFrames(1);
    first.answerOne(0, false);
    live.options(model("b"));
    live.send(MortalServer.image(2));
    live.send(MortalServer.image(3));
    first.awaitFrames(2);

    first.kill();
    assertThat(next()).isEqualTo("1 a 1");
    assertThat(List.of(next(), next(), next()))
        .containsOnlyOnce("2 LOST 2", "3 LOST 2")
        .anyMatch(word -> word.startsWith("interrupted"));
    live.send(MortalServer.image(4));
    live.send(MortalServer.image(5));
    assertThat(next()).isEqualTo("4 SUPERSEDED 2");
    first.answering(true);
    first.start();

    assertThat(List.of(next(), next())).containsOnlyOnce("resumed", "5 b 2");
    live.close();
    client.close();
    assertThat(heard).isEmpty();
    assertThat(first.violations()).isEmpty();
  }

  @Test
  void serverThatComesBackIsFoundWithinTwoSeconds() throws Exception {
    first.answering(true);
    // Time as it is: the channel's own wait would have grown to seconds by then.
    try (SightlineClient client = SightlineClient.connect(first.address())) {
      LiveStream live = client.live(model("a"), listener);
      live.send(MortalServer.image(1));
      assertThat(next()).isEqualTo("1 a 1");
      first.kill();
      assertThat(next()).startsWith("interrupted");
      live.send(MortalServer.image(2));
      CompletableFuture<Void> later =
          CompletableFuture.runAsync(
              () -> {
                try {
                  first.start();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              },
              CompletableFuture.delayedExecutor(2500, TimeUnit.MILLISECONDS));
      later.join();
      long back = System.nanoTime();
      assertThat(List.of(next(), next())).containsOnlyOnce("resumed", "2 a 1");
      assertThat(Duration.ofNanos(System.nanoTime() - back)).isLessThan(Duration.ofSeconds(2));
      live.close();
    }
  }

  @Test
  void streamMayBeOpenedBeforeItsServer() throws Exception {
    first.kill();
    SightlineClient client = client(first.address()).build();
    LiveStream live = client.live(model("a"), listener);
    live.send(MortalServer.image(1));
    assertThat(next()).isEqualTo("interrupted UNAVAILABLE");
    first.answering(true);
    first.start();
    assertThat(List.of(next(), next())).containsOnlyOnce("resumed", "1 a 1");
    live.close();
    client.close();
  }

  @Test
  void patienceEndsWithAFailureAndEveryFrameAnswered() throws Exception {
    SightlineClient client = client(first.address()).reconnectFor(Duration.ofSeconds(20)).build();
    LiveStream live = client.live(model("a"), listener);
    live.send(MortalServer.image(1));
    first.awaitFrames(1);
    first.kill();
    assertThat(List.of(next(), next())).contains("1 LOST 1");
    live.send(MortalServer.image(2));

    assertThat(next()).isEqualTo("2 LOST 1");
    assertThat(next()).startsWith("failed");
    assertThatThrownBy(() -> live.send(MortalServer.image(3)))
        .isInstanceOf(SightlineException.class)
        .hasMessageContaining("and none did for 20 s");
    live.close();
    client.close();
  }

  @Test
  void withoutPatienceAStreamFailsWithItsConnection() throws Exception {
    SightlineClient client = client(first.address()).reconnectFor(Duration.ZERO).build();
    LiveStream live = client.live(model("a"), listener);
    live.send(MortalServer.image(1));
    first.awaitFrames(1);
    first.kill();
    assertThat(next()).isEqualTo("1 LOST 1");
    assertThat(next()).startsWith("failed");
    live.close();
    client.close();
    assertThat(heard).isEmpty();
  }

  @Test
  void closedStreamThatLosesItsServerHasNothingToWaitFor() throws Exception {
    SightlineClient client = client(first.address()).build();
    LiveStream live = client.live(model("a"), listener);
    live.send(MortalServer.image(1));
    first.awaitFrames(1);
    CompletableFuture<Void> closed = CompletableFuture.runAsync(live::close);
    assertThat(closed).isNotDone();
    first.kill();
    closed.get(10, TimeUnit.SECONDS);
    assertThat(next()).isIn("1 LOST 1", "interrupted UNAVAILABLE", "interrupted CANCELLED");
    client.close();
  }

  private MortalServer host(int frames) throws InterruptedException {
    for (int i = 0; i < 1000; i++) {
      if (first.waiting() == frames) {
        return first;
      }
      if (second.waiting() == frames) {
        return second;
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    throw new AssertionError("the frame came nowhere");
  }

  private static SightlineClient.Builder client(String addresses) {
    return SightlineClient.builder(addresses).timing(new FastTimer(), Clock.systemUTC());
  }

  static Options model(String name) {
    return Options.builder().model(name).build();
  }

  private String next() throws InterruptedException {
    return FakeServer.taken(heard);
  }

  static String text(Answer answer) {
    String what =
        answer instanceof Explanation explanation
            ? explanation.model()
            : ((Unexplained) answer).outcome().name();
    return answer.sequence() + " " + what + " " + answer.generation();
  }
}
