package dev.sightline.server.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.FakeClock;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.batch.Worker;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** 200 live streams of which 50 stop reading, simulated millisecond by millisecond. */
class SlowReadersTest {
  private static final int STREAMS = 200;
  private static final int SLOW = 50;
  private static final int PERIOD = 200;
  private static final int MILLIS = 8_000;
  private static final int PASS_MILLIS = 10;
  private static final int BATCH = 8;

  private final FakeClock clock = new FakeClock();
  private final PixelModel model = new PixelModel(BATCH, clock);

  private static final class Camera {
    final RecordingSink sink = new RecordingSink();
    final ExplanationStream stream;
    long sequence;

    Camera(Streams streams) {
      stream = streams.live(sink).orElseThrow();
      stream.start();
      sink.reads.decrementAndGet();
      stream.options(ExplainOptions.getDefaultInstance());
    }

    void send() {
      if (sink.reads.get() > 0) {
        sink.reads.decrementAndGet();
        sequence++;
        stream.frame(
            Frame.newBuilder()
                .setSequence(sequence)
                .setImage(PixelModel.image((float) sequence))
                .build());
      }
    }
  }

  /** The ages of the explanations that those got who read, in milliseconds, sorted. */
  private List<Double> ages(int slow) {
    Batcher batcher = new Batcher(BatchLimits.DEFAULT, clock);
    Streams streams = new Streams(batcher, model.planner(), StreamLimits.DEFAULT);
    Worker worker = batcher.worker();
    List<Camera> cameras = new ArrayList<>();
    for (int i = 0; i < STREAMS; i++) {
      cameras.add(new Camera(streams));
      cameras.get(i).sink.ready = i >= slow;
    }
    int busyUntil = 0;
    for (int now = 0; now < MILLIS; now++) {
      for (int i = 0; i < STREAMS; i++) {
        if ((now + i) % PERIOD == 0) {
          cameras.get(i).send();
        }
      }
      if (now >= busyUntil) {
        boolean[] passed = new boolean[1];
        model.last.during(
            () -> {
              passed[0] = true;
              clock.advance(Duration.ofMillis(PASS_MILLIS));
            });
        worker.step();
        if (passed[0]) {
          clock.advance(Duration.ofMillis(-PASS_MILLIS));
          busyUntil = now + PASS_MILLIS;
        }
      }
      clock.advance(Duration.ofMillis(1));
    }
    for (Camera camera : cameras.subList(0, slow)) {
      assertThat(camera.stream.owed()).isLessThanOrEqualTo(StreamLimits.DEFAULT.liveOwed());
      assertThat(camera.stream.explained())
          .isLessThanOrEqualTo(StreamLimits.DEFAULT.liveExplained());
      assertThat(camera.sink.answers()).isEmpty();
    }
    assertThat(streams.unsentBytes()).isLessThan(slow * 8L * 1024 + 1);
    List<Double> ages = new ArrayList<>();
    for (Camera camera : cameras.subList(SLOW, STREAMS)) {
      for (Explanation answer : camera.sink.answers()) {
        if (answer.getOutcome() == Outcome.OUTCOME_EXPLAINED) {
          com.google.protobuf.Duration total = answer.getTiming().getTotal();
          ages.add(total.getSeconds() * 1e3 + total.getNanos() / 1e6);
        }
      }
    }
    cameras.forEach(camera -> camera.stream.cancel());
    assertThat(streams.unsentBytes()).isZero();
    assertThat(batcher.places()).isZero();
    batcher.close();
    Collections.sort(ages);
    return ages;
  }

  @Test
  void thoseWhoReadAreServedAsIfTheOthersDid() {
    List<Double> before = ages(0);
    List<Double> after = ages(SLOW);
    assertThat(after.size()).isGreaterThanOrEqualTo((int) (0.99 * before.size()));
    assertThat(p99(after)).isLessThanOrEqualTo(1.1 * p99(before));
  }

  private static double p99(List<Double> sorted) {
    return sorted.get((int) (0.99 * sorted.size()));
  }
}
