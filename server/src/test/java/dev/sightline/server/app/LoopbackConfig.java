package dev.sightline.server.app;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.grpc.ConnectionLimits;
import dev.sightline.server.grpc.ServerSettings;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.model.ServedModel;
import dev.sightline.server.stream.StreamLimits;
import java.time.Duration;
import java.util.List;

/** How the servers of tests are configured. */
final class LoopbackConfig {
  /** Pixels and bytes of the largest image: so few that a test can go beyond. */
  static final ImageLimits IMAGES = new ImageLimits(1 << 20, 1 << 20);

  private LoopbackConfig() {}

  /** A server of one worker and batches of up to 8, on that port of loopback; 0 is any. */
  static ServerConfig onPort(int port) {
    return onPort(port, StreamLimits.DEFAULT);
  }

  /** The same with other bounds of streams. */
  static ServerConfig onPort(int port, StreamLimits streams) {
    return new ServerConfig(
        "127.0.0.1",
        port,
        List.of(),
        1,
        EngineSettings.cpu(8),
        ServedModel.KEPT_BACKENDS,
        BatchLimits.DEFAULT,
        PlanLimits.DEFAULT,
        streams,
        Duration.ofSeconds(10),
        IMAGES,
        ServerSettings.LOOPBACK.maxMessageBytes(),
        ConnectionLimits.DEFAULT);
  }
}
