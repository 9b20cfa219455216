package dev.sightline.server.stream;

import dev.sightline.server.batch.Plan;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.Refusal;
import dev.sightline.server.batch.RefusedException;
import dev.sightline.v1.ExplainOptions;

/** What the options in force come to. */
sealed interface Terms {

  /** No options have come yet. */
  record None() implements Terms {}

  /** They can be met. */
  record Met(Plan plan) implements Terms {}

  /** They cannot, and every frame under them is answered so. */
  record Refused(Refusal refusal) implements Terms {}

  static Terms of(ExplainOptions options, Planner planner) {
    try {
      return new Met(planner.plan(options));
    } catch (RefusedException e) {
      return new Refused(e.refusal());
    }
  }
}
