package dev.sightline.server.app;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What makes Ctrl-C end a long command early instead of at once: work that is under way is told to
 * stop, and the program ends when it says that it is done, with its results written by then.
 */
final class InterruptedInTime {
  private static final Logger log = LoggerFactory.getLogger(InterruptedInTime.class);
  private static final int GRACE_SECONDS = 60;

  private final CountDownLatch written = new CountDownLatch(1);
  private final Thread hook;

  /**
   * Begins to watch.
   *
   * @param stop tells the work to stop; called by another thread
   */
  InterruptedInTime(Runnable stop) {
    hook = new Thread(() -> endEarly(stop), "shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void endEarly(Runnable stop) {
    stop.run();
    try {
      if (!written.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("sightline: the table was not written in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** To be called at the end of the work, whatever end it took. */
  void done() {
    written.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      log.debug("The program is ending, and this is what it waited for", e);
    }
  }
}
