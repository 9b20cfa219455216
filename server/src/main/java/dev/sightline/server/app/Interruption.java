package dev.sightline.server.app;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What makes Ctrl-C end a long command early instead of at once: work that is under way is told to
 * stop, and the program ends when it says that it is done, with its results written by then.
 */
final class Interruption {
  private static final Logger log = LoggerFactory.getLogger(Interruption.class);
  private static final int GRACE_SECONDS = 60;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;

  /**
   * Begins to watch.
   *
   * @param stop tells the work to stop; called by another thread
   */
  Interruption(Runnable stop) {
    hook = new Thread(() -> endEarly(stop), "shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void endEarly(Runnable stop) {
    stop.run();
    try {
      if (!done.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("sightline: what was under way did not end in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** To be called at the end of the work, whatever end it took. */
  void over() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      log.debug("The program is ending, and this is what it waited for", e);
    }
  }
}
