package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Any interleaving of frames, switches of the options, answers, drains, deaths and returns over
 * three servers: what was sent is what is answered, in order, none twice.
 */
class InterruptionModelTest {
  private static final int STEPS = 600;

  /** After five without an answer between them a batch fails, as it is to. */
  private static final int MOST_DEATHS = 4;

  private final List<MortalServer> servers = new ArrayList<>();
  private final AtomicBoolean mayDie = new AtomicBoolean();
  private int deaths;

  InterruptionModelTest() throws IOException {
    for (int i = 0; i < 3; i++) {
      servers.add(new MortalServer());
    }
  }

  @AfterEach
  void stop() {
    servers.forEach(MortalServer::close);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyFrameOfALiveStreamIsAnsweredOnceAndInOrder(long seed) throws Exception {
    mayDie.set(seed % 2 == 0);
    Random random = new Random(seed);
    List<Answer> answers = new CopyOnWriteArrayList<>();
    List<SightlineException> failures = new CopyOnWriteArrayList<>();
    List<Long> generations = new ArrayList<>();
    SightlineClient client = client();
    LiveStream live =
        client.live(
            LiveResumeTest.model("g1"),
            new LiveListener() {
              @Override
              public void answered(Answer answer) {
                answers.add(answer);
              }

              @Override
              public void failed(SightlineException failure) {
                failures.add(failure);
              }
            });
    long generation = 1;
    for (int step = 0; step < STEPS; step++) {
      int what = random.nextInt(100);
      if (what < 40) {
        live.send(MortalServer.image(generations.size() + 1));
        generations.add(generation);
      } else if (what < 45) {
        generation = live.options(LiveResumeTest.model("g" + (generation + 1)));
      } else {
        disturb(random, what);
      }
    }
    settle();
    live.close();
    client.close();

    assertThat(failures).isEmpty();
    assertThat(answers)
        .extracting(Answer::sequence)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, generations.size()).boxed().toList());
    for (Answer answer : answers) {
      assertThat(answer.generation())
          .isEqualTo(generations.get(Math.toIntExact(answer.sequence()) - 1));
      if (answer instanceof Explanation explanation) {
        assertThat(explanation.imageWidth()).isEqualTo((int) answer.sequence());
        assertThat(explanation.model()).isEqualTo("g" + answer.generation());
      } else if (deaths == 0) {
        assertThat(((Unexplained) answer).outcome()).isEqualTo(Outcome.SUPERSEDED);
      } else {
        assertThat(((Unexplained) answer).outcome()).isIn(Outcome.SUPERSEDED, Outcome.LOST);
      }
    }
    assertThat(answers).anyMatch(Answer::isExplained);
    assertThat(calls()).as("calls").isGreaterThan(1);
    assertThat(servers).allSatisfy(server -> assertThat(server.violations()).isEmpty());
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("manySeeds")
  void everyFrameOfManyLiveStreamsIsAnsweredOnceAndInOrder(long seed) throws Exception {
    everyFrameOfALiveStreamIsAnsweredOnceAndInOrder(seed);
  }

  static LongStream manySeeds() {
    return LongStream.rangeClosed(101, 140);
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18})
  void everyImageOfABatchIsExplainedOnceAndInOrder(long seed) throws Exception {
    mayDie.set(seed % 2 == 0);
    int images = 300;
    Random random = new Random(seed);
    SightlineClient client = client();
    reach(client);
    List<Answer> answers = new CopyOnWriteArrayList<>();
    CompletableFuture<Void> reader =
        CompletableFuture.runAsync(
            () -> {
              try (Stream<Answer> stream =
                  client.explainAll(
                      LongStream.rangeClosed(1, images).mapToObj(MortalServer::image),
                      LiveResumeTest.model("m"))) {
                Iterator<Answer> iterator = stream.iterator();
                iterator.forEachRemaining(answers::add);
              }
            });
    for (int step = 0; step < STEPS && !reader.isDone(); step++) {
      disturb(random, 45 + random.nextInt(55));
    }
    settle();
    reader.get(60, TimeUnit.SECONDS);
    client.close();

    assertThat(answers)
        .extracting(Answer::sequence)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, images).boxed().toList());
    assertThat(answers)
        .allSatisfy(
            answer -> assertThat(answer.orThrow().imageWidth()).isEqualTo((int) answer.sequence()));
    assertThat(servers).allSatisfy(server -> assertThat(server.violations()).isEmpty());
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("manySeeds")
  void everyImageOfManyBatchesIsExplainedOnceAndInOrder(long seed) throws Exception {
    everyImageOfABatchIsExplainedOnceAndInOrder(seed);
  }

  private void disturb(Random random, int what) throws Exception {
    MortalServer server = servers.get(random.nextInt(servers.size()));
    if (what < 78) {
      server.answerOne(random.nextInt(100), false);
    } else if (what < 86) {
      server.drainCall(random.nextInt(100), random.nextInt(4));
    } else if (what < 89) {
      server.drain(random.nextInt(4));
    } else if (what < 92 && mayDie.get() && deaths < MOST_DEATHS) {
      server.kill();
      deaths++;
    } else if (what >= 92) {
      if (!server.isUp()) {
        server.start();
      } else if (server.isDrained()) {
        server.leave();
        server.start();
      }
    }
    // The network is real and takes its time; without any nothing would be under way to disturb.
    LockSupport.parkNanos(random.nextInt(2_000_000));
  }

  /** A server that was never there is not waited for. */
  private void reach(SightlineClient client) {
    servers.forEach(server -> server.answering(true));
    try (Stream<Answer> answer =
        client.explainAll(List.of(MortalServer.image(1)), Options.defaults())) {
      assertThat(answer).hasSize(1);
    }
    servers.forEach(server -> server.answering(false));
  }

  private int calls() {
    return servers.stream().mapToInt(MortalServer::opened).sum();
  }

  /** From now on every server is there and answers. */
  private void settle() throws Exception {
    for (MortalServer server : servers) {
      server.answering(true);
      if (!server.isUp()) {
        server.start();
      }
    }
    if (servers.stream().allMatch(MortalServer::isDraining)) {
      servers.get(0).awaitDrained();
      servers.get(0).leave();
      servers.get(0).start();
    }
  }

  private SightlineClient client() {
    String addresses =
        servers.stream().map(MortalServer::address).reduce((a, b) -> a + "," + b).orElseThrow();
    return SightlineClient.builder(addresses).timing(new FastTimer(), Clock.systemUTC()).build();
  }
}
