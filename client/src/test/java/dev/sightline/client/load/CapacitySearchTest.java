package dev.sightline.client.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.load.Probe.Purpose;
import dev.sightline.client.load.Probe.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CapacitySearchTest {
  private static final Capacity.Target TARGET = new Capacity.Target(100, 0.99);
  private final List<Probe> told = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(doubles = {3, 40, 100, 900})
  void theCapacityOfAQueueIsFoundWithinFivePercentWhereverTheSearchBegins(double first)
      throws InterruptedException {
    // One server, 8 ms a frame, Poisson arrivals: M/D/1.
    double known = highestRate();
    Capacity capacity = search((rate, purpose) -> queue(rate), first);

    assertThat(capacity.rate()).isBetween(known * 0.95, known * 1.05);
    assertThat(capacity.confirmed()).isTrue();
    assertThat(capacity.finished()).isTrue();
    assertThat(capacity.limitedByGenerator()).isFalse();
    Probe headroom = Objects.requireNonNull(capacity.headroom());
    assertThat(headroom.rate()).isEqualTo(0.7 * capacity.rate());
    assertThat(headroom.reading().p99()).isLessThan(60);
    assertThat(capacity.probes()).isEqualTo(told).hasSizeLessThan(25);
  }

  @Test
  void aTargetThatTheLowestRateMissesIsToldAndNotMet() throws InterruptedException {
    Capacity capacity = search((rate, purpose) -> new Reading(200, 300, rate, 1, 0, true), 40);
    assertThat(capacity.isFound()).isFalse();
    assertThat(capacity.headroom()).isNull();
    Probe last = capacity.probes().get(capacity.probes().size() - 1);
    assertThat(last.rate()).isEqualTo(5);
    assertThat(last.why()).isEqualTo("p99 above 100 ms");
  }

  @Test
  void dropsAndFramesWithoutAnswerDoNotHold() throws InterruptedException {
    search((rate, purpose) -> new Reading(1, 1, rate, rate > 50 ? 0.98 : 1, 0, true), 40);
    assertThat(told).anyMatch(probe -> probe.why().equals("goodput 98.0 % of offered"));
    told.clear();
    Capacity capacity = search((rate, purpose) -> new Reading(1, 1, rate, 1, 0, rate <= 50), 40);
    assertThat(told).anyMatch(probe -> probe.why().equals("frames without an answer"));
    assertThat(capacity.rate()).isBetween(47.5, 50.0);
  }

  @Test
  void aGeneratorThatIsLateIsNotTakenForAServerThatIsSlow() throws InterruptedException {
    Capacity capacity =
        search((rate, purpose) -> new Reading(1, 60, rate, 1, rate > 50 ? 40 : 1, true), 40);
    assertThat(capacity.rate()).isBetween(47.5, 50.0);
    assertThat(capacity.limitedByGenerator()).isTrue();
  }

  @Test
  void aRateThatHeldByLuckIsNotConfirmedAndALittleLessIs() throws InterruptedException {
    Capacity capacity =
        search(
            (rate, purpose) ->
                new Reading(
                    1, rate > (purpose == Purpose.CONFIRM ? 45 : 50) ? 200 : 50, rate, 1, 0, true),
            40);
    assertThat(capacity.confirmed()).isTrue();
    assertThat(capacity.rate()).isBetween(42.0, 45.0);
  }

  @Test
  void aRateThatIsNeverConfirmedIsOneThatWasTriedAndSaidToBeUnconfirmed()
      throws InterruptedException {
    Capacity capacity =
        search(
            (rate, purpose) ->
                new Reading(
                    1, purpose == Purpose.CONFIRM || rate > 50 ? 200 : 50, rate, 1, 0, true),
            40);
    assertThat(capacity.confirmed()).isFalse();
    assertThat(capacity.rate()).isEqualTo(40);
  }

  @Test
  void aSearchThatIsEndedTellsWhatItKnows() throws InterruptedException {
    Capacity capacity =
        search(
            (rate, purpose) -> told.size() == 2 ? null : new Reading(1, 1, rate, 1, 0, true), 40);
    assertThat(capacity.finished()).isFalse();
    assertThat(capacity.confirmed()).isFalse();
    assertThat(capacity.rate()).isEqualTo(80);
    assertThat(capacity.probes()).hasSize(2);
  }

  private Capacity search(CapacitySearch.Prober prober, double first) throws InterruptedException {
    return new CapacitySearch(TARGET, prober, told::add).search(first);
  }

  /** The rate above which the simulated server misses the target, found by trying them all. */
  private static double highestRate() {
    double rate = 10;
    while (queue(rate * 1.01).p99() <= TARGET.p99Millis()) {
      rate *= 1.01;
    }
    return rate;
  }

  /** 20,000 frames through a queue, in simulated time. */
  private static Reading queue(double rate) {
    double serviceNanos = 8e6;
    Arrivals arrivals = Arrivals.of(new Pace.Open(rate, ArrivalProcess.POISSON), 1, 11);
    Histogram latency = new Histogram(3);
    double free = 0;
    for (int i = 0; i < 20_000; i++) {
      double due = arrivals.next().nanos();
      free = Math.max(free, due) + serviceNanos;
      latency.recordValue((long) ((free - due) / 1000));
    }
    Percentiles times = Percentiles.of(latency);
    return new Reading(times.p50(), times.p99(), rate, 1, 0, true);
  }
}
