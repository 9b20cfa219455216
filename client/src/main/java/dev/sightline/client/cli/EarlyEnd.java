package dev.sightline.client.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Makes Ctrl-C end what is under way early, rather than the program at once. */
final class EarlyEnd {
  private static final int GRACE_SECONDS = 60;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;

  /**
   * Begins to watch.
   *
   * @param stop tells the work to stop; called by another thread
   */
  EarlyEnd(Runnable stop) {
    hook = new Thread(() -> end(stop), "shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void end(Runnable stop) {
    stop.run();
    try {
      boolean unused = done.await(GRACE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The work is over, whatever end it took. */
  void over() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // The program is ending, and this is what it waited for.
    }
  }
}
