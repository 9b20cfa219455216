package dev.sightline.server.batch;

import java.util.List;

/** What a free worker is given to do. */
sealed interface Assignment {

  /** Whose model the worker keeps open meanwhile. */
  Lane lane();

  /** Opens the backend of a lane in which images wait; no other worker does so meanwhile. */
  record Opening(Lane lane) implements Assignment {}

  /** Runs a batch: at least one frame, all of one open lane, at most as many as a pass takes. */
  record Batch(Lane lane, Lane.Open open, List<Slot> slots) implements Assignment {}
}
