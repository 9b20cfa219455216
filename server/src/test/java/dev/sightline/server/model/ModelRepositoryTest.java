package dev.sightline.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.Pass;
import dev.sightline.v1.SigmaSource;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRepositoryTest {
  private static final Pass PASS =
      new Pass(FloatBuffer.allocate(3 * 8 * 8), 1, new int[0], new int[0]);

  private final ModelStore store;
  private final NotedEngine engine = new NotedEngine();
  private final List<String> events = engine.events;

  ModelRepositoryTest(@TempDir Path home) {
    store = new ModelStore(home);
  }

  @Test
  void modelsAreFoundByTheirNamesAndTheFirstIsTheDefault() {
    List<Path> folders =
        List.of(
            TinyNetwork.install(store, "zebra").path(), TinyNetwork.install(store, "ant").path());
    try (ModelRepository repository = ModelRepository.load(folders, engine)) {
      assertThat(repository.defaultModel().name()).isEqualTo("zebra");
      assertThat(repository.all()).extracting(ServedModel::name).containsExactly("ant", "zebra");
      assertThat(repository.find("").orElseThrow().name()).isEqualTo("zebra");
      assertThat(repository.find("ant").orElseThrow().name()).isEqualTo("ant");
      assertThat(repository.find("bee")).isEmpty();
    }
  }

  @Test
  void onlyTheDefaultLayerIsOpenedAtLoad() {
    Path folder = TinyNetwork.install(store, "tiny").path();
    try (ModelRepository repository = ModelRepository.load(List.of(folder), engine)) {
      assertThat(events).containsExactly("open tiny/relu6");
      ServedModel model = repository.defaultModel();
      assertThat(model.engineDescription()).isEqualTo("engine of tiny/relu6");
      assertThat(model.layer("").layer().name()).isEqualTo("relu6");
      assertThat(model.layer("relu2").backend().shape().gridHeight()).isEqualTo(8);
      assertThat(events).containsExactly("open tiny/relu6", "open tiny/relu2");
    }
    assertThat(events)
        .containsExactlyInAnyOrder(
            "open tiny/relu6", "open tiny/relu2", "close tiny/relu6", "close tiny/relu2");
  }

  @Test
  void backendThatMadeRoomOpensAgainForItsNextPass() {
    ModelFolder folder = TinyNetwork.install(store, "tiny");
    try (ServedModel model = new ServedModel(folder, engine, 4)) {
      Backend first = model.layer("relu1").backend();
      for (String layer : List.of("relu2", "relu3", "relu4", "relu5")) {
        model.layer(layer).backend();
      }
      assertThat(events).contains("close tiny/relu1").doesNotContain("close tiny/relu6");
      events.clear();
      first.close();
      first.run(PASS);
      assertThat(events).containsExactly("close tiny/relu2", "open tiny/relu1", "run tiny/relu1");
      assertThat(first.maxBatch()).isEqualTo(8);
    }
  }

  @Test
  void layersKnowTheirHeadAndTheirSigma() {
    ModelFolder folder =
        store.install(
            TinyNetwork.card("tiny", Map.of("relu6", new Sigma(4, 3))),
            TinyNetwork.LABELS,
            TinyNetwork.onnx()::writeTo,
            false);
    try (ServedModel model = new ServedModel(folder, engine)) {
      ServedLayer measured = model.layer("relu6");
      assertThat(measured.poolingAndLinear()).isTrue();
      assertThat(measured.sigma()).contains(new Sigma(4, 3));
      assertThat(measured.sigmaSource()).isEqualTo(SigmaSource.SIGMA_SOURCE_MODEL);
      ServedLayer theoretical = model.layer("relu5");
      assertThat(theoretical.poolingAndLinear()).isFalse();
      // Five 3 x 3 convolutions of stride 1, each of variance (9 - 1) / 12.
      assertThat(theoretical.sigma().orElseThrow().x())
          .isCloseTo((float) Math.sqrt(5 * 8 / 12.0), Offset.offset(1e-5f));
      assertThat(theoretical.sigmaSource()).isEqualTo(SigmaSource.SIGMA_SOURCE_THEORETICAL);
      assertThat(model.layers()).hasSize(12);
      assertThat(model.classes()).isEqualTo(2);
    }
  }

  @Test
  void unknownLayerIsAnsweredWithThoseThereAre() {
    try (ServedModel model = new ServedModel(TinyNetwork.install(store, "tiny"), engine)) {
      assertThatExceptionOfType(UnknownLayerException.class)
          .isThrownBy(() -> model.layer("relu7"))
          .withMessageContaining("relu7")
          .withMessageContaining("relu6");
      assertThatExceptionOfType(UnknownLayerException.class)
          .isThrownBy(() -> model.layer("relu7".repeat(5_000_000)))
          .withMessageContaining("relu6");
    }
  }

  @Test
  void twoModelsOfOneNameAndNoneAtAllAreRefusedAndNothingStaysOpen(@TempDir Path elsewhere) {
    Path first = TinyNetwork.install(store, "tiny").path();
    Path second = TinyNetwork.install(new ModelStore(elsewhere), "tiny").path();
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> ModelRepository.load(List.of(first, second), engine))
        .withMessage(second.resolve("model.yaml") + ": there is another model 'tiny'");
    assertThat(events).containsExactly("open tiny/relu6", "close tiny/relu6");
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> ModelRepository.load(List.of(), engine))
        .withMessage("there is no model to serve");
  }
}
