package dev.sightline.server.app;

import dev.sightline.embedded.EmbeddedServer;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.engine.EngineException;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.grpc.ConnectionLimits;
import dev.sightline.server.grpc.ServerSettings;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.ServedModel;
import dev.sightline.server.model.SightlineHome;
import dev.sightline.server.model.pull.Catalogue;
import dev.sightline.server.model.pull.ModelPull;
import dev.sightline.server.model.pull.Npm;
import dev.sightline.server.stream.StreamLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** A server inside another program's process, on a free loopback port. */
public final class LocalServer implements EmbeddedServer {

  private static final String DEFAULT_MODEL = "mobilenet-v1";
  private static final int MAX_BATCH = 8;

  /** Who asks is who waits: any method of any network, but no slip of the keyboard. */
  private static final int MAX_FRAMES = 65_536;

  /** For {@link java.util.ServiceLoader}. */
  public LocalServer() {}

  @Override
  public Running start(Request request, Consumer<String> log) throws IOException {
    List<String> names = request.models().isEmpty() ? List.of(DEFAULT_MODEL) : request.models();
    try {
      List<Path> folders = folders(names, log);
      log.accept("starting a server with " + String.join(", ", names));
      RunningServer server = RunningServer.start(config(names), folders);
      return new Running() {
        @Override
        public String address() {
          return server.address();
        }

        @Override
        public void close() {
          server.close();
        }
      };
    } catch (ModelException | EngineException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static List<Path> folders(List<String> names, Consumer<String> log) {
    ModelStore store = SightlineHome.of(System.getenv()).models();
    Catalogue catalogue = Catalogue.builtIn();
    for (String name : names) {
      boolean missing = !name.contains("/") && !Files.isDirectory(store.folder(name));
      if (missing && catalogue.names().contains(name)) {
        new ModelPull(catalogue, new Npm(), store, log).pull(name);
      }
    }
    return ModelPaths.resolve(names);
  }

  private static ServerConfig config(List<String> names) {
    return new ServerConfig(
        "127.0.0.1",
        0,
        names,
        Runtime.getRuntime().availableProcessors(),
        EngineSettings.cpu(MAX_BATCH),
        ServedModel.KEPT_BACKENDS,
        BatchLimits.DEFAULT,
        PlanLimits.DEFAULT.withMaxFrames(MAX_FRAMES),
        StreamLimits.DEFAULT,
        Duration.ofSeconds(10),
        ImageLimits.DEFAULT,
        ServerSettings.LOOPBACK.maxMessageBytes(),
        ConnectionLimits.DEFAULT);
  }
}
