package dev.sightline.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.LogCapture;
import dev.sightline.server.engine.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders that change while their models are served; every look is the test's own. */
class ReloadTest {
  private static final String STAYS = "WARN Model tiny changed, but stays as it was: ";

  @TempDir Path home;
  private final NotedEngine engine = new NotedEngine();
  private final List<ServedModel> replaced = new ArrayList<>();
  private ModelStore store;
  private Path folder;
  private ModelRepository repository;

  @BeforeEach
  void load() {
    store = new ModelStore(home);
    folder = TinyNetwork.install(store, "tiny").path();
    repository = ModelRepository.load(List.of(folder), engine);
    engine.events.clear();
  }

  @AfterEach
  void close() {
    repository.close();
  }

  private void look() {
    repository.look(replaced::add);
  }

  /** Two looks that see the same. */
  private void settle() {
    look();
    look();
  }

  private void install(float sigma) {
    store.install(
        TinyNetwork.card("tiny", Map.of("relu6", new Sigma(sigma, sigma))),
        TinyNetwork.LABELS,
        TinyNetwork.onnx()::writeTo,
        true);
  }

  private float sigma() {
    return repository.defaultModel().layer("").sigma().orElseThrow().x();
  }

  private void write(String file, String content) {
    try {
      Files.writeString(folder.resolve(file), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aFolderThatStaysTheSameIsNotReadAgain() {
    settle();
    settle();

    assertThat(engine.events).isEmpty();
  }

  @Test
  void whatIsNewIsOpenedAtTheSecondLookThatSeesItAndTheOldOneIsTheReceiversToClose() {
    ServedModel old = repository.defaultModel();
    install(2);
    look();
    assertThat(engine.events).isEmpty();
    look();

    assertThat(engine.events).containsExactly("open tiny/relu6");
    assertThat(replaced).containsExactly(repository.defaultModel()).doesNotContain(old);
    assertThat(repository.all()).containsExactlyElementsOf(replaced);
    assertThat(repository.find("tiny")).contains(replaced.get(0));
    assertThat(sigma()).isEqualTo(2);
    settle();
    assertThat(replaced).hasSize(1);
    old.close();
    repository.close();
    assertThat(engine.events)
        .containsExactly("open tiny/relu6", "close tiny/relu6", "close tiny/relu6");
  }

  @Test
  void aCopyUnderWayIsNotRead() throws IOException {
    byte[] network = Files.readAllBytes(folder.resolve("model.onnx"));
    try (LogCapture log = LogCapture.of(ServedFolder.class)) {
      for (int part = 1; part <= 4; part++) {
        Files.write(
            folder.resolve("model.onnx"), Arrays.copyOf(network, part * network.length / 4));
        look();
      }
      assertThat(engine.events).isEmpty();
      look();
      assertThat(log.lines()).isEmpty();
    }
    assertThat(replaced).hasSize(1);
  }

  @Test
  void aFolderThatChangesWhileItIsBeingOpenedIsTakenAsItIsThen() {
    install(2);
    look();
    engine.whileOpening =
        () -> {
          engine.whileOpening = () -> {};
          install(3);
        };
    look();

    assertThat(replaced).isEmpty();
    assertThat(engine.events).containsExactly("open tiny/relu6", "close tiny/relu6");
    look();
    look();
    assertThat(sigma()).isEqualTo(3);
  }

  @Test
  void whatFailsBecauseTheFolderChangesMeanwhileIsNoNews() {
    install(2);
    look();
    engine.whileOpening =
        () -> {
          engine.whileOpening = () -> {};
          install(3);
          throw new EngineException("half a file");
        };
    try (LogCapture log = LogCapture.of(ServedFolder.class)) {
      look();
      assertThat(log.lines()).isEmpty();
    }
    settle();
    assertThat(sigma()).isEqualTo(3);
  }

  @Test
  void whatIsUnfitIsToldOnceInASentenceAndTheNextChangeIsTriedAgain() throws IOException {
    ServedModel old = repository.defaultModel();
    byte[] network = Files.readAllBytes(folder.resolve("model.onnx"));
    String card = Files.readString(folder.resolve("model.yaml"));
    String unchecked = card.replaceAll("(?m)^sha256:.*\n", "");
    try (LogCapture log = LogCapture.of(ServedFolder.class)) {
      write("model.onnx", "no network");
      settle();
      write("model.yaml", unchecked);
      settle();
      Files.write(folder.resolve("model.onnx"), network);
      write("labels.txt", "tabby\n");
      settle();
      Files.delete(folder.resolve("labels.txt"));
      settle();
      write("labels.txt", "tabby\ndog\n");
      write("model.yaml", unchecked.replace("name: tiny", "name: other"));
      settle();
      write("model.yaml", unchecked);
      engine.whileOpening =
          () -> {
            throw new EngineException("the engine does not take tiny");
          };
      settle();
      settle();

      assertThat(log.lines()).hasSize(6).allMatch(line -> line.startsWith(STAYS));
      assertThat(log.lines().get(0)).contains("model.onnx has the SHA-256");
      assertThat(log.lines().get(1)).contains("model.onnx");
      assertThat(log.lines().get(2)).contains("1 labels where the network has 2 classes");
      assertThat(log.lines().get(3)).endsWith("labels.txt is missing");
      assertThat(log.lines().get(4)).contains("the name is 'other'");
      assertThat(log.lines().get(5)).endsWith("the engine does not take tiny");
    }
    assertThat(replaced).isEmpty();
    assertThat(repository.defaultModel()).isSameAs(old);
    engine.whileOpening = () -> {};
    install(2);
    settle();
    assertThat(sigma()).isEqualTo(2);
  }

  @Test
  void aFaultNobodyExpectedLeavesTheModelAndTheOthersAsTheyAre() {
    Path other = TinyNetwork.install(store, "other").path();
    try (ModelRepository two = ModelRepository.load(List.of(folder, other), engine);
        LogCapture log = LogCapture.of(ServedFolder.class)) {
      install(2);
      store.install(
          TinyNetwork.card("other", Map.of()),
          TinyNetwork.LABELS,
          TinyNetwork.onnx()::writeTo,
          true);
      engine.whileOpening =
          () -> {
            engine.whileOpening = () -> {};
            throw new LinkageError("no library");
          };
      two.look(replaced::add);
      two.look(replaced::add);

      assertThat(replaced).extracting(ServedModel::name).containsExactly("other");
      assertThat(log.lines()).containsExactly("ERROR Model tiny changed, but stays as it was");
      replaced.get(0).close();
    }
  }

  @Test
  void aFolderThatVanishesLeavesItsModelInServiceAndOneThatComesBackIsTaken() throws IOException {
    Path aside = home.resolve("aside");
    Files.move(folder, aside);
    try (LogCapture log = LogCapture.of(ServedFolder.class)) {
      settle();
      settle();
      assertThat(log.lines()).containsExactly(STAYS + folder + " is no folder of a model");
    }
    assertThat(replaced).isEmpty();
    Files.move(aside, folder);
    settle();
    assertThat(replaced).hasSize(1);
  }

  /** As a mounted volume changes: the folder's name stays a link, and what it leads to moves. */
  @Test
  void aLinkThatLeadsElsewhereIsAChange(@TempDir Path volume) throws IOException {
    ModelFolder first = TinyNetwork.install(new ModelStore(volume.resolve("1")), "tiny");
    ModelFolder second = TinyNetwork.install(new ModelStore(volume.resolve("2")), "tiny");
    Path link = Files.createSymbolicLink(volume.resolve("current"), first.path());
    try (ModelRepository linked = ModelRepository.load(List.of(link), engine)) {
      Path next = Files.createSymbolicLink(volume.resolve("next"), second.path());
      Files.move(next, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      linked.look(replaced::add);
      linked.look(replaced::add);
      assertThat(replaced).hasSize(1);
    }
  }

  @Test
  void whatChangedWhileTheServerStartedIsSeen() {
    repository.close();
    engine.whileOpening =
        () -> {
          engine.whileOpening = () -> {};
          install(5);
        };
    repository = ModelRepository.load(List.of(folder), engine);
    settle();
    assertThat(sigma()).isEqualTo(5);
  }

  @Test
  void aClosedRepositoryOpensNothing() {
    install(2);
    look();
    repository.close();
    engine.events.clear();
    settle();
    assertThat(engine.events).isEmpty();
    assertThat(replaced).isEmpty();
  }
}
