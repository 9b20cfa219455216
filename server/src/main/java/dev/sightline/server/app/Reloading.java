package dev.sightline.server.app;

import dev.sightline.server.model.ModelRepository;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for models whose folders have changed, on a thread of its own: reading and warming one up
 * takes as long as it does, while those that there are go on.
 */
final class Reloading implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Reloading.class);
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private final ModelRepository models;
  private final ServedCatalogue catalogue;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "sightline-models");
            thread.setDaemon(true);
            return thread;
          });

  /** Looks only when it is told to. */
  Reloading(ModelRepository models, ServedCatalogue catalogue) {
    this.models = models;
    this.catalogue = catalogue;
  }

  /** Looks every two seconds from now on. */
  void start() {
    ScheduledFuture<?> unused =
        timer.scheduleWithFixedDelay(
            this::look, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Looks once; a model that has changed is replaced at the second look that sees it so. */
  void look() {
    try {
      models.look(catalogue::replace);
    } catch (RuntimeException | Error e) {
      // Whatever it is, they are looked at again.
      log.error("Models could not be looked at", e);
    }
  }

  /** Looks no more; what is being opened just now is the repository's to close. */
  @Override
  public void close() {
    timer.shutdown();
  }
}
