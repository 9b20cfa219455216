package dev.sightline.server.app;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ctrl-C, and any other end of the program from outside, while something is under way that should
 * be brought to an end first: the program waits until this is closed, but not for ever.
 */
final class Interruption implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Interruption.class);
  private static final int GRACE_SECONDS = 60;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::end, "shutdown");
  private volatile boolean came;

  /** Begins to wait for it. */
  Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** True from the moment at which the program was told to end. */
  boolean came() {
    return came;
  }

  private void end() {
    came = true;
    try {
      if (!done.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("sightline: what was under way did not end in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      log.debug("The program is ending, and this is what it waited for", e);
    }
  }
}
