package dev.sightline.server.batch;

import dev.sightline.heatmap.GreyPng;
import dev.sightline.heatmap.Plane;
import dev.sightline.server.explain.refine.Refinement;
import dev.sightline.server.explain.refine.Stage;
import dev.sightline.v1.RefinementOutcome;
import dev.sightline.v1.RefinementStep;

/** Refinements as the contract tells them. */
final class Refinements {
  private Refinements() {}

  /** Writes a refinement, with a picture of each step if it has them. */
  static dev.sightline.v1.Refinement write(Refinement refinement) {
    Plane map = refinement.map();
    dev.sightline.v1.Refinement.Builder written =
        dev.sightline.v1.Refinement.newBuilder()
            .setOutcome(
                switch (refinement.outcome()) {
                  case GROWN -> RefinementOutcome.REFINEMENT_OUTCOME_GROWN;
                  case COLLAPSED -> RefinementOutcome.REFINEMENT_OUTCOME_COLLAPSED;
                  case FLOODED -> RefinementOutcome.REFINEMENT_OUTCOME_FLOODED;
                })
            .setMask(GreyPng.writeMask(refinement.mask(), map.width(), map.height()));
    for (Stage stage : refinement.stages()) {
      written.addSteps(
          RefinementStep.newBuilder().setName(stage.name()).setPng(GreyPng.write(stage.picture())));
    }
    return written.build();
  }
}
