package dev.sightline.server.batch;

import java.util.Optional;

/**
 * A kind of pass that a model may not be able to give.
 *
 * @param lane where its frames wait; never used if there is an obstacle
 * @param obstacle why there are no such passes, in a sentence without its full stop
 */
public record Passage(Lane lane, Optional<String> obstacle) {

  /** Passes that can be had. */
  public static Passage through(Lane lane) {
    return new Passage(lane, Optional.empty());
  }
}
