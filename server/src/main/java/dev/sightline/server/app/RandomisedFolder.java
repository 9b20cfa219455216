package dev.sightline.server.app;

import dev.sightline.server.app.evaluate.RandomisedModel;
import dev.sightline.server.graph.ExpansionNetwork;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.Randomisation;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.Network;
import java.nio.file.Path;
import java.util.List;

/** A model on disk, opened with weights drawn anew; nothing is written. */
final class RandomisedFolder implements RandomisedModel {
  private final ModelFolder folder;
  private final Randomisation randomisation;
  private final int threads;

  /**
   * Finds the layers of a model.
   *
   * @throws dev.sightline.server.model.ModelException if it is a TorchScript module
   */
  RandomisedFolder(ModelFolder folder, long seed, int threads) {
    this.folder = folder;
    this.randomisation = new Randomisation(folder.graph(), seed);
    this.threads = threads;
  }

  @Override
  public List<String> layers() {
    return randomisation.layers();
  }

  @Override
  public OpenPasses open(int last) {
    Graph graph = randomisation.last(last);
    Network drawn =
        new Network.Onnx(
            folder.network().file(),
            graph,
            folder.expansion().map(any -> ExpansionNetwork.read(expansion(), graph)));
    return OpenModel.of(
        new ModelFolder(
            folder.path(), folder.card(), folder.preprocessing(), folder.labels(), drawn),
        threads);
  }

  private Path expansion() {
    return folder.path().resolve(ModelFolder.EXPANSION);
  }
}
