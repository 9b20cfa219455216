package dev.sightline.server.batch;

/** What a worker does: passes, or the opening of lanes, which takes as long as many passes. */
enum Duty {
  /** Whatever is next. */
  ALL,
  /** Batches of lanes that are open. */
  BATCHES,
  /** Opening lanes. */
  OPENINGS;

  /** Whether a lane is its business. */
  boolean covers(Lane lane) {
    return switch (this) {
      case ALL -> true;
      case BATCHES -> lane.opened() != null;
      case OPENINGS -> lane.opened() == null;
    };
  }
}
