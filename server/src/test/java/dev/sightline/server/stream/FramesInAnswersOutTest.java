package dev.sightline.server.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.FakeClock;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.batch.Worker;
import dev.sightline.v1.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever frames, options, failures, slow readers, half-closes and cancels come in whatever order:
 * every accepted frame has exactly one answer, the right one, in order, and everything is bounded.
 */
class FramesInAnswersOutTest {
  private static final int MAX_WAITING = 5;
  private static final int WORKERS = 2;
  private static final StreamLimits LIMITS = new StreamLimits(8, 12, 3, 4, Duration.ZERO);
  private static final int BATCH_STREAMS = 3;
  private static final int STEPS = 4000;

  private final PixelModel model = new PixelModel(4);

  /** Passes overlap here too: while one runs, clients act and the other worker works. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void inAnyInterleavingOnOneThread(long seed) {
    List<SimulatedClient> all = interleave(seed);
    assertThat(all).as("some streams were drained").anyMatch(SimulatedClient::drained);
    assertOutcomes(
        all,
        Outcome.OUTCOME_EXPLAINED,
        Outcome.OUTCOME_UNCHANGED,
        Outcome.OUTCOME_SUPERSEDED,
        Outcome.OUTCOME_INVALID_IMAGE,
        Outcome.OUTCOME_INVALID_OPTIONS,
        Outcome.OUTCOME_INTERNAL);
  }

  /** Gives all the clients that there were. */
  private List<SimulatedClient> interleave(long seed) {
    Random random = new Random(seed);
    FakeClock clock = new FakeClock();
    Duration linger = Duration.ofMillis(seed % 2);
    Batcher batcher =
        new Batcher(BatchLimits.DEFAULT.withMaxWaiting(MAX_WAITING).withLinger(linger), clock);
    Streams streams = new Streams(batcher, model.planner(), LIMITS);
    List<Worker> idle = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      idle.add(batcher.worker());
    }
    List<SimulatedClient> clients = new ArrayList<>();
    List<SimulatedClient> all = new ArrayList<>();
    Runnable anything =
        () -> {
          int choice = random.nextInt(10);
          if (choice < 7) {
            int at = random.nextInt(clients.size());
            clients.get(at).act();
            if (clients.get(at).over()) {
              clients.set(at, new SimulatedClient(at >= BATCH_STREAMS, random, streams));
              all.add(clients.get(at));
            }
          } else if (choice < 8) {
            clock.advance(Duration.ofNanos(random.nextInt(1_000_000)));
          } else if (!idle.isEmpty()) {
            Worker worker = idle.remove(0);
            worker.step();
            idle.add(worker);
          }
        };
    Runnable during =
        () -> {
          int steps = random.nextInt(8);
          for (int i = 0; i < steps; i++) {
            anything.run();
          }
        };
    model.last.during(during);
    model.early.during(during);
    for (int i = 0; i < LIMITS.maxStreams(); i++) {
      clients.add(new SimulatedClient(i >= BATCH_STREAMS, random, streams));
      all.add(clients.get(i));
    }
    for (int step = 0; step < STEPS; step++) {
      anything.run();
      assertThat(batcher.waiting()).isLessThanOrEqualTo(MAX_WAITING);
      for (int i = 0; i < clients.size(); i++) {
        boolean batch = i < BATCH_STREAMS;
        assertThat(clients.get(i).owed())
            .isLessThanOrEqualTo(batch ? LIMITS.batchWindow() : LIMITS.liveOwed());
        assertThat(clients.get(i).explained())
            .isLessThanOrEqualTo(batch ? LIMITS.batchWindow() : LIMITS.liveExplained() + WORKERS);
      }
    }
    model.last.during(() -> {});
    model.early.during(() -> {});
    for (SimulatedClient client : clients) {
      client.halfClose();
      client.read();
    }
    Worker last = idle.get(0);
    while (batcher.waiting() > 0) {
      last.step();
      clock.advance(Duration.ofMillis(1));
    }
    all.forEach(SimulatedClient::check);
    assertThat(clients).allMatch(SimulatedClient::over);
    assertThat(streams.size()).isZero();
    assertThat(all.stream().mapToInt(SimulatedClient::sent).sum()).isGreaterThan(STEPS / 10);
    return all;
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("manySeeds")
  void inAnyOfManyInterleavingsOnOneThread(long seed) {
    // Not in each of them does everything happen that may.
    interleave(seed);
  }

  static LongStream manySeeds() {
    return LongStream.rangeClosed(101, 300);
  }

  @Test
  @Timeout(120)
  void withManyThreads() throws Exception {
    withManyThreads(0);
  }

  @Tag("soak")
  @ParameterizedTest
  @MethodSource("manyThreadSeeds")
  @Timeout(120)
  void manyTimesWithManyThreads(long seed) throws Exception {
    withManyThreads(seed);
  }

  static LongStream manyThreadSeeds() {
    return LongStream.rangeClosed(1, 20);
  }

  private void withManyThreads(long seed) throws Exception {
    Batcher batcher =
        new Batcher(
            BatchLimits.DEFAULT.withMaxWaiting(MAX_WAITING).withLinger(Duration.ofNanos(50_000)),
            System::nanoTime);
    Streams streams = new Streams(batcher, model.planner(), LIMITS);
    batcher.start(WORKERS);
    ExecutorService threads = Executors.newFixedThreadPool(LIMITS.maxStreams());
    List<Future<List<SimulatedClient>>> runs = new ArrayList<>();
    for (int i = 0; i < LIMITS.maxStreams(); i++) {
      int number = i;
      Random random = new Random(1000 * seed + number);
      runs.add(threads.submit(() -> run(number, random, streams)));
    }
    List<SimulatedClient> all = new ArrayList<>();
    for (Future<List<SimulatedClient>> run : runs) {
      all.addAll(run.get(100, TimeUnit.SECONDS));
    }
    threads.shutdown();
    batcher.close();
    all.forEach(SimulatedClient::check);
    assertThat(streams.size()).isZero();
    assertThat(batcher.waiting()).isZero();
    // Which failures occur is up to the scheduler here; the one-thread runs hold all of them.
    assertOutcomes(all, Outcome.OUTCOME_EXPLAINED, Outcome.OUTCOME_SUPERSEDED);
  }

  private static List<SimulatedClient> run(int number, Random random, Streams streams)
      throws Exception {
    List<SimulatedClient> clients = new ArrayList<>();
    boolean live = number >= BATCH_STREAMS;
    SimulatedClient client = new SimulatedClient(live, random, streams);
    clients.add(client);
    for (int step = 0; step < STEPS; step++) {
      client.act();
      if (client.over()) {
        client = new SimulatedClient(live, random, streams);
        clients.add(client);
      }
    }
    client.halfClose();
    client.read();
    if (!client.over()) {
      assertThat(client.sink.ended.await(30, TimeUnit.SECONDS))
          .as("the stream of client %d ends; it still owes %d", number, client.owed())
          .isTrue();
    }
    return clients;
  }

  /** A test in which nothing goes wrong would show nothing. */
  private static void assertOutcomes(List<SimulatedClient> clients, Outcome... outcomes) {
    assertThat(clients.stream().flatMap(client -> client.sink.answers().stream()))
        .extracting(answer -> answer.getOutcome())
        .contains(outcomes);
  }
}
