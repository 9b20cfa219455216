package dev.sightline.server.access;

import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.internal.AtomicRateLimiter;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** How many images a second are let in; nobody waits. Thread-safe. */
public final class Rate {

  /** Lets in everything. */
  public static final Rate UNLIMITED = new Rate(0, null);

  private final int perSecond;
  private final @Nullable AtomicRateLimiter limiter;

  private Rate(int perSecond, @Nullable AtomicRateLimiter limiter) {
    this.perSecond = perSecond;
    this.limiter = limiter;
  }

  /**
   * Lets in that many images in each second, counted from now.
   *
   * @param nanoTime the time in nanoseconds from any origin
   */
  public static Rate of(int perSecond, LongSupplier nanoTime) {
    if (perSecond < 1) {
      throw new IllegalArgumentException(perSecond + " images a second");
    }
    RateLimiterConfig config =
        RateLimiterConfig.custom()
            .limitRefreshPeriod(Duration.ofSeconds(1))
            .limitForPeriod(perSecond)
            .timeoutDuration(Duration.ZERO)
            .build();
    return new Rate(perSecond, new AtomicRateLimiter("images", config, () -> nanoTime.getAsLong()));
  }

  /** Images a second; 0 if they are not counted. */
  public int perSecond() {
    return perSecond;
  }

  /**
   * Lets in an image, or not.
   *
   * @return nanoseconds until the next one is let in; 0 if this one was
   */
  public long take() {
    if (limiter == null || limiter.acquirePermission(1)) {
      return 0;
    }
    // Another second may have begun since; to come at once is then right, but it was refused.
    return Math.max(1, limiter.getDetailedMetrics().getNanosToWait());
  }
}
