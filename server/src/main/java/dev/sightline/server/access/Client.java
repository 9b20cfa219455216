package dev.sightline.server.access;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one client is allowed.
 *
 * @param name what the operator calls it; may be logged
 * @param models the names of the models that it may use; null for all
 * @param rate how fast it may send images, on all its calls together
 * @param weight how many images each of its streams and calls gets explained, while one of weight 1
 *     gets one explained and there is not room for all; 1 to {@link #MAX_WEIGHT}
 * @param mayChangeModels whether it may change which models the server has
 */
public record Client(
    String name, @Nullable Set<String> models, Rate rate, int weight, boolean mayChangeModels) {

  /** The greatest weight. */
  public static final int MAX_WEIGHT = 100;

  /** Whoever can connect to a server that knows no tokens: all models, at any rate, all alike. */
  public static final Client ANYBODY = new Client("anybody", null, Rate.UNLIMITED, 1, false);

  /** Keeps its own copy of the models, and checks the weight. */
  public Client {
    if (weight < 1 || weight > MAX_WEIGHT) {
      throw new IllegalArgumentException("weight " + weight);
    }
    models = models == null ? null : Set.copyOf(models);
  }

  /** Whether it may use the model of that name. */
  public boolean mayUse(String model) {
    return models == null || models.contains(model);
  }
}
