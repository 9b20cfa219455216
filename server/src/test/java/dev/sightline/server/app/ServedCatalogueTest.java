package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.HeatmapReader;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Plan;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.RefusedException;
import dev.sightline.server.batch.Target;
import dev.sightline.server.batch.TargetLayer;
import dev.sightline.server.batch.Worker;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelRepository;
import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.TinyNetwork;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Image;
import dev.sightline.v1.Method;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RawImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rooms from a model on disk to an explanation, on the real engine. */
class ServedCatalogueTest {
  private ModelRepository repository;
  private ServedCatalogue catalogue;

  @BeforeEach
  void load(@TempDir Path home) {
    Path folder = TinyNetwork.install(new ModelStore(home), "tiny").path();
    repository = ModelRepository.load(List.of(folder), new OnnxRuntime(EngineSettings.cpu(8)));
    catalogue = new ServedCatalogue(repository);
  }

  @AfterEach
  void close() {
    repository.close();
  }

  @Test
  void layersKeepTheirLanes() {
    Target target = catalogue.defaultTarget();
    assertThat(catalogue.find("tiny")).contains(target);
    assertThat(target.defaultLayer()).isEqualTo("relu6");
    assertThat(target.allLayers()).isEqualTo(target.allLayers()).hasSize(12);
    assertThat(target.allLayers())
        .filteredOn(TargetLayer::poolingAndLinear)
        .extracting(TargetLayer::name)
        .contains("relu6");
  }

  @Test
  void theInputItselfIsNoLayer() {
    Planner planner =
        new Planner(catalogue, new ImageReader(ImageLimits.DEFAULT), PlanLimits.DEFAULT);
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> planner.plan(ExplainOptions.newBuilder().addLayers("input").build()))
        .withMessage("Model tiny: 'input' is the input itself.");
  }

  @Test
  void sameFrameGivesTheSameAnswerAloneAndInAnyBatch() throws Exception {
    Plan plan =
        new Planner(catalogue, new ImageReader(ImageLimits.DEFAULT), PlanLimits.DEFAULT)
            .plan(
                ExplainOptions.newBuilder()
                    .addMethods(Method.METHOD_GRAD_CAM)
                    .addMethods(Method.METHOD_CAM)
                    .addMethods(Method.METHOD_EXTENDED_CAM)
                    .addClasses(ClassChoice.newBuilder().setMostProbable(2))
                    .setEncoding(Encoding.ENCODING_GRID_FLOAT32)
                    .build());
    Random random = new Random(7);
    List<Image> images = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      images.add(noise(random));
    }
    Explanation alone = explain(plan, images.subList(0, 1)).get(0);
    assertThat(alone.getOutcome()).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(alone.getHeatmapsCount()).isEqualTo(6);
    for (int others = 1; others < 8; others++) {
      List<Image> batch = new ArrayList<>(images.subList(1, others + 1));
      batch.add(random.nextInt(others + 1), images.get(0));
      Explanation together = explain(plan, batch).get(batch.indexOf(images.get(0)));
      assertThat(together.getTiming().getBatchSize()).isEqualTo(others + 1);
      for (int map = 0; map < 6; map++) {
        assertSame(alone.getHeatmaps(map), together.getHeatmaps(map));
      }
    }
  }

  private static void assertSame(Heatmap expected, Heatmap actual) {
    assertThat(actual.getClassIndex()).isEqualTo(expected.getClassIndex());
    float[] wanted = HeatmapReader.grid(expected).values();
    float[] given = HeatmapReader.grid(actual).values();
    float range = expected.getValueRange().getMax() - expected.getValueRange().getMin();
    assertThat(range).isPositive();
    for (int i = 0; i < wanted.length; i++) {
      assertThat(given[i]).isCloseTo(wanted[i], within(1e-5f * range));
    }
  }

  private static List<Explanation> explain(Plan plan, List<Image> images) {
    Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime);
    Explanation[] answers = new Explanation[images.size()];
    for (int i = 0; i < answers.length; i++) {
      int at = i;
      plan.submit(batcher.single(), images.get(i), 0, answer -> answers[at] = answer.build());
    }
    Worker worker = batcher.worker();
    while (worker.step()) {}
    return List.of(answers);
  }

  private static Image noise(Random random) {
    byte[] pixels = new byte[16 * 12 * 3];
    random.nextBytes(pixels);
    return Image.newBuilder()
        .setRaw(
            RawImage.newBuilder()
                .setWidth(16)
                .setHeight(12)
                .setFormat(PixelFormat.PIXEL_FORMAT_RGB)
                .setData(ByteString.copyFrom(pixels)))
        .build();
  }
}
