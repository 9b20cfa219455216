package dev.sightline.server.app;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.BreakerLimits;
import dev.sightline.server.batch.Catalogue;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.engine.Engines;
import dev.sightline.server.grpc.ServerSettings;
import dev.sightline.server.grpc.SightlineServer;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A whole server: models loaded and warmed, workers running, services listening. */
final class RunningServer implements AutoCloseable {
  /** Held here, for a logger that nobody holds forgets its level. */
  private static final Logger WIRE = Logger.getLogger("io.grpc.netty.NettyServerHandler");

  static {
    // A client that goes away in the middle of an answer is no news, least of all with a stack.
    WIRE.setLevel(Level.SEVERE);
  }

  private final ModelRepository models;
  private final Batcher batcher;
  private final SightlineServer server;

  private RunningServer(ModelRepository models, Batcher batcher, SightlineServer server) {
    this.models = models;
    this.batcher = batcher;
    this.server = server;
  }

  /**
   * Starts a server; it answers calls when this returns.
   *
   * @param config how
   * @param folders the models; the first is the default
   * @throws dev.sightline.server.model.ModelException if a model is not right
   * @throws dev.sightline.server.engine.EngineException if the engine does not take one
   * @throws IOException if the port cannot be opened
   */
  static RunningServer start(ServerConfig config, List<Path> folders) throws IOException {
    ModelRepository models = ModelRepository.load(folders, new Engines(config.engine()));
    Batcher batcher =
        new Batcher(
            BatchLimits.DEFAULT.withLinger(config.linger()).withMaxWaiting(config.maxWaiting()),
            System::nanoTime);
    try {
      Catalogue catalogue = new ServedCatalogue(models, BreakerLimits.DEFAULT, batcher::nanoTime);
      ImageReader reader = new ImageReader(config.images());
      Planner planner =
          new Planner(catalogue, reader, PlanLimits.DEFAULT.withMaxFrames(config.maxFrames()));
      batcher.start(config.workers());
      SightlineServer server =
          SightlineServer.start(
              ServerSettings.LOOPBACK.on(config.host(), config.port()).within(config.grace()),
              config.streams(),
              batcher,
              planner,
              catalogue);
      return new RunningServer(models, batcher, server);
    } catch (IOException | RuntimeException e) {
      batcher.close();
      models.close();
      throw e;
    }
  }

  /** Where clients find it, as "host:port". */
  String address() {
    return server.address();
  }

  /** The models in a line. */
  String modelNames() {
    return String.join(", ", models.all().stream().map(model -> model.name()).toList());
  }

  void awaitTermination() throws InterruptedException {
    server.awaitTermination();
  }

  /** Answers what was accepted, then frees everything. */
  @Override
  public void close() {
    server.close();
    batcher.close();
    models.close();
  }
}
