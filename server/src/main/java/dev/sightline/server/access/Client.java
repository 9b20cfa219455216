package dev.sightline.server.access;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one client is allowed.
 *
 * @param name what the operator calls it; may be logged
 * @param models the names of the models that it may use; null for all
 * @param rate how fast it may send images, on all its calls together
 * @param mayChangeModels whether it may change which models the server has
 */
public record Client(
    String name, @Nullable Set<String> models, Rate rate, boolean mayChangeModels) {

  /** Whoever can connect to a server that knows no tokens: all models, at any rate. */
  public static final Client ANYBODY = new Client("anybody", null, Rate.UNLIMITED, false);

  /** Keeps its own copy of the models. */
  public Client {
    models = models == null ? null : Set.copyOf(models);
  }

  /** Whether it may use the model of that name. */
  public boolean mayUse(String model) {
    return models == null || models.contains(model);
  }
}
