package dev.sightline.server.app;

import dev.sightline.server.app.telemetry.Readiness.State;
import dev.sightline.server.app.telemetry.Watch;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Catalogue;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.engine.Engines;
import dev.sightline.server.grpc.ServerSettings;
import dev.sightline.server.grpc.SightlineServer;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelRepository;
import dev.sightline.server.stream.StreamLimits;
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
  private final Watch watch;

  private RunningServer(
      ModelRepository models, Batcher batcher, SightlineServer server, Watch watch) {
    this.models = models;
    this.batcher = batcher;
    this.server = server;
    this.watch = watch;
  }

  /** As {@link #start(ServerConfig, List, Watch)}, of a server that nobody watches. */
  static RunningServer start(ServerConfig config, List<Path> folders) throws IOException {
    return start(config, folders, Watch.none());
  }

  /**
   * Starts a server; it answers calls when this returns.
   *
   * @param config how
   * @param folders the models; the first is the default
   * @param watch who watches it, which is closed with it, also when it does not start
   * @throws dev.sightline.server.model.ModelException if a model is not right
   * @throws dev.sightline.server.engine.EngineException if the engine does not take one
   * @throws IOException if the port cannot be opened
   */
  static RunningServer start(ServerConfig config, List<Path> folders, Watch watch)
      throws IOException {
    try {
      return started(config, folders, watch);
    } catch (IOException | RuntimeException | Error e) {
      watch.close();
      throw e;
    }
  }

  private static RunningServer started(ServerConfig config, List<Path> folders, Watch watch)
      throws IOException {
    ModelRepository models = ModelRepository.load(folders, new Engines(config.engine()));
    Batcher batcher =
        new Batcher(
            BatchLimits.DEFAULT.withLinger(config.linger()).withMaxWaiting(config.maxWaiting()),
            System::nanoTime,
            watch.telemetry());
    watch.framesWaiting(batcher::waiting);
    try {
      Catalogue catalogue = new ServedCatalogue(models);
      ImageReader reader = new ImageReader(config.images());
      Planner planner =
          new Planner(catalogue, reader, PlanLimits.DEFAULT.withMaxFrames(config.maxFrames()));
      batcher.start(config.workers());
      SightlineServer server =
          SightlineServer.start(
              ServerSettings.LOOPBACK.on(config.host(), config.port()),
              StreamLimits.DEFAULT,
              batcher,
              planner,
              catalogue);
      models.all().forEach(model -> watch.readiness().model(model.name(), State.SERVING));
      watch.readiness().is(State.SERVING);
      return new RunningServer(models, batcher, server, watch);
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
    watch.readiness().is(State.DRAINING);
    server.close();
    batcher.close();
    models.close();
    watch.close();
  }
}
