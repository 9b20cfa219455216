package dev.sightline.server.app;

import dev.sightline.server.app.evaluate.Passes;
import dev.sightline.server.app.evaluate.RandomisedModel.OpenPasses;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.Engines;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ServedModel;

/**
 * One model with workers of its own, as an evaluation takes it.
 *
 * @param model the model
 * @param planner of a catalogue that has the model alone
 * @param batcher with the workers
 */
record OpenModel(ServedModel model, Planner planner, Batcher batcher) implements OpenPasses {
  private static final int MAX_BATCH = 8;
  private static final int MAX_FRAMES = 65_536;

  /** Opens a model, to be closed by the caller. */
  static OpenModel of(ModelFolder folder, int threads) {
    ServedModel model = new ServedModel(folder, new Engines(EngineSettings.cpu(MAX_BATCH)));
    Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime);
    batcher.start(threads);
    Planner planner =
        new Planner(
            new ServedCatalogue(model),
            new ImageReader(ImageLimits.DEFAULT),
            PlanLimits.DEFAULT.withMaxFrames(MAX_FRAMES));
    return new OpenModel(model, planner, batcher);
  }

  @Override
  public Passes passes() {
    return new Passes(model, planner, batcher);
  }

  @Override
  public void close() {
    batcher.close();
    model.close();
  }
}
