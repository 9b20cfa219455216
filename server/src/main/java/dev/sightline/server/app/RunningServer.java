package dev.sightline.server.app;

import dev.sightline.server.app.secure.Protection;
import dev.sightline.server.app.secure.SecurityConfig;
import dev.sightline.server.app.telemetry.Readiness.State;
import dev.sightline.server.app.telemetry.Watch;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.BreakerLimits;
import dev.sightline.server.batch.Catalogue;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.Target;
import dev.sightline.server.engine.BackendOpener;
import dev.sightline.server.engine.Engines;
import dev.sightline.server.grpc.ServerSettings;
import dev.sightline.server.grpc.SightlineServer;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** A whole server: models loaded and warmed, workers running, services listening. */
final class RunningServer implements AutoCloseable {
  /** Held here, for a logger that nobody holds forgets its level. */
  private static final List<Logger> WIRE =
      Stream.of("NettyServerHandler", "NettyServerStream", "NettyServerTransport")
          .map(name -> Logger.getLogger("io.grpc.netty." + name))
          .toList();

  static {
    // A client that goes away in the middle of an answer, or a stranger who does not even speak
    // HTTP/2, is no news, least of all with a stack.
    WIRE.forEach(logger -> logger.setLevel(Level.SEVERE));
  }

  private final ModelRepository models;
  private final Reloading reloading;
  private final Batcher batcher;
  private final SightlineServer server;
  private final Protection protection;
  private final Watch watch;

  private RunningServer(
      ModelRepository models,
      Reloading reloading,
      Batcher batcher,
      SightlineServer server,
      Protection protection,
      Watch watch) {
    this.models = models;
    this.reloading = reloading;
    this.batcher = batcher;
    this.server = server;
    this.protection = protection;
    this.watch = watch;
  }

  /**
   * Starts a server of the models that are configured; it answers calls when this returns.
   *
   * @param config how
   * @param security who may speak to it
   * @param watch who watches it, which is closed with it, also when it does not start
   * @throws dev.sightline.server.model.ModelException if a model is not right
   * @throws dev.sightline.server.engine.EngineException if the engine does not take one
   * @throws IllegalArgumentException if a file of its security cannot be used, or if it would be
   *     open to others and nobody said that this is meant
   * @throws IOException if the port cannot be opened
   */
  static RunningServer start(ServerConfig config, SecurityConfig security, Watch watch)
      throws IOException {
    return start(
        config,
        security,
        watch,
        new Engines(config.engine()),
        () -> ModelPaths.resolve(config.models()));
  }

  /**
   * Starts a server on loopback, for whoever can connect, that nobody watches.
   *
   * @param folders the models; the first is the default
   */
  static RunningServer start(ServerConfig config, List<Path> folders) throws IOException {
    return start(config, folders, Watch.none());
  }

  /** As {@link #start(ServerConfig, List)}, of a server that somebody watches. */
  static RunningServer start(ServerConfig config, List<Path> folders, Watch watch)
      throws IOException {
    return start(config, folders, watch, new Engines(config.engine()));
  }

  /** As {@link #start(ServerConfig, List, Watch)}, on an engine of the caller's. */
  static RunningServer start(
      ServerConfig config, List<Path> folders, Watch watch, BackendOpener engine)
      throws IOException {
    return start(config, SecurityConfig.LOOPBACK, watch, engine, () -> folders);
  }

  private static RunningServer start(
      ServerConfig config,
      SecurityConfig security,
      Watch watch,
      BackendOpener engine,
      Supplier<List<Path>> folders)
      throws IOException {
    try {
      return protectedStart(config, security, watch, engine, folders);
    } catch (IOException | RuntimeException | Error e) {
      watch.close();
      throw e;
    }
  }

  private static RunningServer protectedStart(
      ServerConfig config,
      SecurityConfig security,
      Watch watch,
      BackendOpener engine,
      Supplier<List<Path>> folders)
      throws IOException {
    Protection protection = Protection.of(security, config.host());
    try {
      return started(config, protection, engine, folders.get(), watch);
    } catch (IOException | RuntimeException e) {
      protection.close();
      throw e;
    }
  }

  private static RunningServer started(
      ServerConfig config,
      Protection protection,
      BackendOpener engine,
      List<Path> folders,
      Watch watch)
      throws IOException {
    ModelRepository models = ModelRepository.load(folders, engine, config.maxOpenLayers());
    Batcher batcher = new Batcher(config.waiting(), System::nanoTime, watch.telemetry());
    watch.framesWaiting(batcher::waiting);
    try {
      ServedCatalogue catalogue =
          new ServedCatalogue(models, BreakerLimits.DEFAULT, batcher::nanoTime);
      ImageReader reader = new ImageReader(config.images());
      Planner planner = new Planner(catalogue, reader, config.plans());
      batcher.start(config.workers());
      SightlineServer server =
          SightlineServer.start(
              ServerSettings.LOOPBACK
                  .on(config.host(), config.port())
                  .within(config.grace())
                  .bounded(config.maxMessageBytes(), config.connections())
                  .reflecting(protection.reflection()),
              protection.security(),
              config.streams(),
              batcher,
              planner,
              catalogue);
      models.all().forEach(model -> watch(model.name(), catalogue, watch));
      watch.readiness().is(State.SERVING);
      Reloading reloading = new Reloading(models, catalogue);
      if (protection.reload()) {
        reloading.start();
      }
      return new RunningServer(models, reloading, batcher, server, protection, watch);
    } catch (IOException | RuntimeException e) {
      batcher.close();
      models.close();
      throw e;
    }
  }

  /** By its name each time, for another may stand in its place. */
  private static void watch(String model, Catalogue catalogue, Watch watch) {
    watch.readiness().model(model, State.SERVING);
    watch.breaker(
        model, () -> catalogue.find(model).map(Target::breaker).orElseThrow().state().level());
  }

  /** Where clients find it, as "host:port". */
  String address() {
    return server.address();
  }

  /** The port on which it answers health alone, if there is one. */
  OptionalInt healthPort() {
    return server.healthPort();
  }

  /** The models in a line. */
  String modelNames() {
    return String.join(", ", models.all().stream().map(model -> model.name()).toList());
  }

  /** Looks for models that have changed, as it does by itself every now and then. */
  void lookForModels() {
    reloading.look();
  }

  /** The number of calls that the end cut off. */
  int cutOff() {
    return server.cutOff();
  }

  /** Answers what was accepted, then frees everything. */
  @Override
  public void close() {
    watch.readiness().is(State.DRAINING);
    server.close();
    reloading.close();
    protection.close();
    batcher.close();
    models.close();
    watch.close();
  }
}
