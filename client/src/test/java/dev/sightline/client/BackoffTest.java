package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void waitsDoubleFromATenthOfASecondToLessThanTwo() {
    assertThat(Stream.iterate(1, n -> n + 1).limit(8).map(Backoff::longestMillis))
        .containsExactly(100, 200, 400, 800, 1600, 1600, 1600, 1600);
    assertThat(Backoff.longestMillis(Integer.MAX_VALUE)).isEqualTo(1600);
  }

  @Test
  void clientsDoNotComeBackInStep() {
    assertThat(Stream.generate(() -> Backoff.millis(6)).limit(200))
        .allSatisfy(wait -> assertThat(wait).isBetween(800L, 1600L))
        .anyMatch(wait -> wait < 1000)
        .anyMatch(wait -> wait > 1400);
  }
}
