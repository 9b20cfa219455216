package dev.sightline.client;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A timer on which fifty seconds pass in one. */
final class FastTimer extends ScheduledThreadPoolExecutor {
  private static final int FASTER = 50;

  /** Every wait that was asked for, in milliseconds. */
  final List<Long> waits = new CopyOnWriteArrayList<>();

  FastTimer() {
    super(
        1,
        task -> {
          Thread thread = new Thread(task, "fast-timer");
          thread.setDaemon(true);
          return thread;
        });
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long wait, TimeUnit unit) {
    waits.add(unit.toMillis(wait));
    return super.schedule(task, unit.toNanos(wait) / FASTER, TimeUnit.NANOSECONDS);
  }
}
