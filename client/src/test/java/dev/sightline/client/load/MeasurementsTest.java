package dev.sightline.client.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.client.Options;
import dev.sightline.client.Timing;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MeasurementsTest {
  private static final Asked ASKED = new Asked("grad-cam, grid-float16", Options.defaults());
  private final Measurements measurements =
      new Measurements(new Window(at(1000), at(3000)), Duration.ofMillis(100));

  @Test
  void latencyRunsFromWhenAFrameWasDueAndNotFromWhenItWasSent() {
    // The generator itself was held up for 400 ms.
    measurements.sending(at(1500), at(1900));
    measurements.resolved(explained(1500, 1910));
    Result result = result();
    assertThat(result.latency().p50()).isCloseTo(410, within(1.0));
    assertThat(result.lateness().max()).isCloseTo(400, within(1.0));
    assertThat(result.onSchedule()).isFalse();
    assertThat(result.split().wire()).isCloseTo(410 - 10, within(1.0));
  }

  @Test
  void onlyTheTimeThatCountsCounts() {
    frame(500, 520);
    frame(999, 1010);
    frame(1000, 1020);
    frame(2999, 3020);
    frame(3000, 3001);
    Result result = result();
    assertThat(result.frames()).isEqualTo(new Result.Frames(2, 2, 0, 2, 0, 0, 0));
    assertThat(result.latency().count()).isEqualTo(2);
    assertThat(result.balance()).isEqualTo(new Result.Balance(5, 5, 0));
    // Rates count what was delivered: of the warm-up's last frame and of the first that counts.
    assertThat(result.answersPerSecond()).isEqualTo(1.0);
    assertThat(result.series()).hasSize(2);
    assertThat(result.series().get(0).explained()).isEqualTo(2);
    assertThat(result.series().get(1).offered()).isEqualTo(1);
  }

  @Test
  void goodputIsWhatCameWithinTheDeadline() {
    frame(1000, 1100);
    frame(1200, 1301);
    Result result = result();
    assertThat(result.frames().kept()).isEqualTo(0.5);
    assertThat(result.goodput()).isEqualTo(0.5);
    assertThat(result.explainedPerSecond()).isEqualTo(1.0);
  }

  @Test
  void dropsAreCountedByReasonAndLostFramesUpsetTheBalance() {
    fate(1100, Delivery.Fate.DROPPED, "superseded");
    fate(1200, Delivery.Fate.DROPPED, "superseded");
    fate(1300, Delivery.Fate.UNSENT, "unsent");
    assertThat(result().balance().isEven()).isTrue();
    fate(1400, Delivery.Fate.LOST, "lost: unavailable");
    Result result = result();
    assertThat(result.drops())
        .containsEntry("superseded", 2L)
        .containsEntry("unsent", 1L)
        .containsEntry("lost: unavailable", 1L);
    assertThat(result.balance()).isEqualTo(new Result.Balance(3, 2, 1));
    assertThat(result.isClean()).isFalse();
  }

  @Test
  void unchangedFramesAreServedAndNoDrops() {
    frame(1000, 1040);
    measurements.sending(at(1100), at(1100));
    measurements.resolved(unchanged(1100, 3050));
    measurements.sending(at(1200), at(1200));
    measurements.resolved(unchanged(1200, 1210));
    measurements.sending(at(1300), at(1300));
    measurements.resolved(unchanged(1300, 1401));
    Result result = result();
    assertThat(result.frames()).isEqualTo(new Result.Frames(4, 1, 3, 2, 0, 0, 0));
    assertThat(result.frames().served()).isEqualTo(4);
    assertThat(result.frames().kept()).isEqualTo(0.5);
    assertThat(result.drops()).isEmpty();
    assertThat(result.example()).isEmpty();
    assertThat(result.balance()).isEqualTo(new Result.Balance(4, 4, 0));
    assertThat(result.latency().count()).isEqualTo(4);
    assertThat(result.unchanged().count()).isEqualTo(3);
    assertThat(result.unchanged().p50()).isCloseTo(101, within(1.0));
    // Of those that were delivered in the time that counts, which is two seconds.
    assertThat(result.explainedPerSecond()).isEqualTo(0.5);
    assertThat(result.unchangedPerSecond()).isEqualTo(1);
    assertThat(result.servedPerSecond()).isEqualTo(1.5);
    assertThat(result.goodput()).isEqualTo(1);
    assertThat(result.split().passes()).isEqualTo(1);
    assertThat(result.series().get(0))
        .returns(1L, Second::explained)
        .returns(2L, Second::unchanged)
        .returns(0L, Second::dropped);
    assertThat(measurements.servedSoFar()).isEqualTo(3);
  }

  @Test
  void aRateAtWhichNoFrameChangesHoldsAsIfAllWereExplained() {
    measurements.sending(at(1200), at(1200));
    measurements.resolved(unchanged(1200, 1210));
    assertThat(Probe.Reading.of(result()).kept()).isEqualTo(1);
    assertThat(Probe.Reading.of(result()).goodput()).isEqualTo(0.5);
    assertThat(Probe.Reading.of(result()).p99()).isCloseTo(10, within(0.1));
  }

  @Test
  void aRateAtWhichNothingCameBackDoesNotHold() {
    assertThat(result().frames().kept()).isEqualTo(1);
    assertThat(Probe.Reading.of(result()).kept()).isZero();
  }

  private Result result() {
    return measurements.result(at(3100), new double[] {0, 0}, null, false, null);
  }

  private void frame(long due, long delivered) {
    measurements.sending(at(due), at(due));
    measurements.resolved(explained(due, delivered));
  }

  private void fate(long due, Delivery.Fate fate, String reason) {
    measurements.sending(at(due), at(due));
    measurements.resolved(Delivery.without(ASKED, at(due), fate, reason, "so it is"));
  }

  private static Delivery explained(long due, long delivered) {
    Duration ms = Duration.ofMillis(1);
    Timing timing = new Timing(ms, ms, ms.multipliedBy(6), ms, ms.multipliedBy(10), 4, 1);
    return new Delivery(
        ASKED, at(due), at(delivered), Delivery.Fate.EXPLAINED, "", "", timing, 1, 98);
  }

  private static Delivery unchanged(long due, long delivered) {
    return new Delivery(
        ASKED, at(due), at(delivered), Delivery.Fate.UNCHANGED, "", "", Delivery.NO_TIMING, 0, 0);
  }

  private static long at(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }
}
