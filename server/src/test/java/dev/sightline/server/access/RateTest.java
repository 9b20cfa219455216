package dev.sightline.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateTest {
  private final AtomicLong time = new AtomicLong(-5);

  @Test
  void asManyAsAllowedAreLetInEachSecondAndTheOthersHearWhenToComeAgain() {
    Rate rate = Rate.of(3, time::get);
    for (int second = 0; second < 4; second++) {
      for (int i = 0; i < 3; i++) {
        assertThat(rate.take()).isZero();
      }
      time.addAndGet(TimeUnit.MILLISECONDS.toNanos(400));
      assertThat(rate.take()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(600));
      time.addAndGet(TimeUnit.MILLISECONDS.toNanos(600));
    }
  }

  @Test
  void secondsWithoutImagesAreNotSavedUp() {
    Rate rate = Rate.of(2, time::get);
    time.addAndGet(TimeUnit.HOURS.toNanos(1));
    assertThat(rate.take()).isZero();
    assertThat(rate.take()).isZero();
    assertThat(rate.take()).isPositive();
  }

  @Test
  void withoutALimitEverythingIsLetIn() {
    for (int i = 0; i < 1000; i++) {
      assertThat(Rate.UNLIMITED.take()).isZero();
    }
    assertThatThrownBy(() -> Rate.of(0, time::get)).isInstanceOf(IllegalArgumentException.class);
  }
}
