package dev.sightline.client;

import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * What all calls of a client share: the channel, whether a server was ever reached over it, and how
 * long one that went away is waited for. Thread-safe.
 */
final class Link {
  private static final Duration IDLE_THREAD = Duration.ofSeconds(10);

  private final ManagedChannel channel;
  private final String server;
  private final Duration patience;
  private final ScheduledExecutorService timer;
  private volatile boolean reached;

  /**
   * A link to the servers of a channel.
   *
   * @param server how messages name them
   * @param timer runs what is to happen later
   */
  Link(ManagedChannel channel, String server, Duration patience, ScheduledExecutorService timer) {
    this.channel = channel;
    this.server = server;
    this.patience = patience;
    this.timer = timer;
  }

  /** A timer whose thread keeps no program alive and ends when there is nothing to do. */
  static ScheduledExecutorService newTimer() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "sightline-client-timer");
              thread.setDaemon(true);
              return thread;
            });
    timer.setKeepAliveTime(IDLE_THREAD.toNanos(), TimeUnit.NANOSECONDS);
    timer.allowCoreThreadTimeOut(true);
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  String server() {
    return server;
  }

  Duration patience() {
    return patience;
  }

  ScheduledExecutorService timer() {
    return timer;
  }

  /** Whether a server was ever reached. */
  boolean wasReached() {
    return reached;
  }

  void reached() {
    reached = true;
  }

  boolean isClosed() {
    return channel.isShutdown();
  }

  /** What was to happen later still does, for it ends what waits for it. */
  void close() {
    timer.shutdown();
  }

  /** Connects now where the channel would wait for its own backoff, which grows to minutes. */
  void hurry() {
    channel.resetConnectBackoff();
  }
}
