package dev.sightline.server.app;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jline.utils.Signals;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM and SIGINT as something to wait for, so that a process ends by itself and says how.
 *
 * <p>Left alone, the JVM ends with 128 and the signal's number, however well the end went. A
 * shutdown hook can change that only by halting the JVM, which cuts off the other hooks: the Flight
 * Recorder's, and the one that deletes the native libraries that were unpacked.
 */
final class EndSignals {
  private static final Logger log = LoggerFactory.getLogger(EndSignals.class);

  private final CountDownLatch given = new CountDownLatch(1);

  private EndSignals() {}

  /** Catches the signals from now on; a second one changes nothing. */
  static EndSignals caught() {
    EndSignals signals = new EndSignals();
    for (String name : List.of("TERM", "INT")) {
      if (Signals.register(name, signals.given::countDown) == null) {
        log.warn("SIG{} cannot be caught: it ends the server without any grace", name);
      }
    }
    return signals;
  }

  /** Waits until one is given. */
  void await() throws InterruptedException {
    given.await();
  }
}
