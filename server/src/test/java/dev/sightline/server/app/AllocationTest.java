package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sightline.server.app.bench.Answers;
import dev.sightline.server.app.bench.Contender;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.Engines;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.PulledModels;
import dev.sightline.server.model.ServedModel;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an image in a grown batch leaves to the garbage collector, of real activations. */
class AllocationTest {
  private static final int ROUNDS = 5;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** The third time its own bytes is what the transport and the message take. */
  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void anImageLeavesAtMostTwiceItsOwnBytes(int batch) {
    ModelFolder folder = ModelFolder.read(PulledModels.require("mobilenet-v1"));
    try (ServedModel model = new ServedModel(folder, new Engines(EngineSettings.cpu(batch)));
        Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime)) {
      Planner planner =
          new Planner(
              new ServedCatalogue(model), new ImageReader(ImageLimits.DEFAULT), PlanLimits.DEFAULT);
      Answers answers = new Answers(model.name(), planner, batcher, batch);
      Contender gradCam = answers.contenders().get(0);
      gradCam.run().run();
      gradCam.run().run();
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < ROUNDS; i++) {
        gradCam.run().run();
      }
      long each = (threads.getCurrentThreadAllocatedBytes() - before) / ((long) ROUNDS * batch);
      assertThat(each).isLessThanOrEqualTo(2L * answers.imageBytes());
    }
  }
}
