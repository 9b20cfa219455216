package dev.sightline.server.batch;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A clock that moves when it is told to. Starts near the overflow, as a nanosecond clock may. */
public final class FakeClock implements LongSupplier {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000_000);

  @Override
  public long getAsLong() {
    return nanos.get();
  }

  /** Moves the clock forward. */
  public void advance(Duration duration) {
    nanos.addAndGet(duration.toNanos());
  }
}
