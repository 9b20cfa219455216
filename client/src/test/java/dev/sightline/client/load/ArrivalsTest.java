package dev.sightline.client.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
  private static final int COUNT = 100_000;

  @Test
  void poissonArrivalsAreExponentialTimesApart() {
    List<Arrivals.Arrival> arrivals = arrivals(ArrivalProcess.POISSON, 200, 8, 7);
    double[] gaps =
        IntStream.range(1, COUNT)
            .mapToDouble(i -> (arrivals.get(i).nanos() - arrivals.get(i - 1).nanos()) / 1e9)
            .toArray();
    double mean = IntStream.range(0, gaps.length).mapToDouble(i -> gaps[i]).average().orElse(0);
    double variance =
        IntStream.range(0, gaps.length)
            .mapToDouble(i -> (gaps[i] - mean) * (gaps[i] - mean))
            .average()
            .orElse(0);
    // The deviation of an exponential time is its mean.
    assertThat(mean).isCloseTo(1 / 200.0, within(0.02 / 200));
    assertThat(Math.sqrt(variance)).isCloseTo(1 / 200.0, within(0.03 / 200));
    for (int stream = 0; stream < 8; stream++) {
      int of = stream;
      assertThat(arrivals.stream().filter(arrival -> arrival.stream() == of).count())
          .isBetween(12_000L, 13_000L);
    }
  }

  @Test
  void fixedArrivalsAreEquallyFarApartOnEachStreamAndTheStreamsAreOutOfStep() {
    List<Arrivals.Arrival> arrivals = arrivals(ArrivalProcess.FIXED, 80, 4, 3);
    assertThat(arrivals).isSortedAccordingTo((a, b) -> Long.compare(a.nanos(), b.nanos()));
    for (int stream = 0; stream < 4; stream++) {
      int of = stream;
      long[] times =
          arrivals.stream()
              .filter(arrival -> arrival.stream() == of)
              .mapToLong(Arrivals.Arrival::nanos)
              .toArray();
      assertThat(times).hasSize(COUNT / 4);
      assertThat(times[0]).isBetween(0L, 50_000_000L);
      for (int i = 1; i < 1000; i++) {
        assertThat(times[i] - times[i - 1]).isBetween(49_999_999L, 50_000_001L);
      }
    }
    assertThat(arrivals.subList(0, 4).stream().map(Arrivals.Arrival::nanos))
        .doesNotHaveDuplicates();
  }

  @Test
  void theSameSeedGivesTheSameArrivals() {
    for (ArrivalProcess process : ArrivalProcess.values()) {
      assertThat(arrivals(process, 10, 3, 5)).isEqualTo(arrivals(process, 10, 3, 5));
      assertThat(arrivals(process, 10, 3, 5)).isNotEqualTo(arrivals(process, 10, 3, 6));
    }
  }

  @Test
  void mixesAreDealtInProportionAllTheWay() {
    List<Mix<String>> mixes = List.of(new Mix<>("a", 1), new Mix<>("b", 3));
    assertThat(Mix.deal(mixes, 8)).containsExactly("b", "a", "b", "b", "b", "a", "b", "b");
  }

  private static List<Arrivals.Arrival> arrivals(
      ArrivalProcess process, double rate, int streams, long seed) {
    Arrivals arrivals = Arrivals.of(new Pace.Open(rate, process), streams, seed);
    List<Arrivals.Arrival> all = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      all.add(arrivals.next());
    }
    return all;
  }
}
