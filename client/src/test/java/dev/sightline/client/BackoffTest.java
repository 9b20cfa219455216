package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void waitsDoubleFromATenthOfASecondToTwoSeconds() {
    assertThat(Stream.iterate(1, n -> n + 1).limit(8).map(Backoff::longestMillis))
        .containsExactly(100, 200, 400, 800, 1600, 2000, 2000, 2000);
    assertThat(Backoff.longestMillis(Integer.MAX_VALUE)).isEqualTo(2000);
  }

  @Test
  void clientsDoNotComeBackInStep() {
    assertThat(Stream.generate(() -> Backoff.millis(6)).limit(200))
        .allSatisfy(wait -> assertThat(wait).isBetween(1000L, 2000L))
        .anyMatch(wait -> wait < 1300)
        .anyMatch(wait -> wait > 1700);
  }
}
