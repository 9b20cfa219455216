package dev.sightline.server.app;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.grpc.ConnectionLimits;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.stream.StreamLimits;
import java.time.Duration;
import java.util.List;

/**
 * Everything that an operator decides about a server.
 *
 * @param host the address to listen on
 * @param port the port to listen on, 0 for any free one
 * @param models names of pulled or added models, or folders; the first one is the default
 * @param workers threads that run passes
 * @param engine how networks are run
 * @param maxOpenLayers passes beside its default one that each model keeps open in the engine while
 *     nobody asks for them
 * @param waiting the bounds of what waits, and of batches
 * @param plans what one image may cost
 * @param streams the bounds of streams and calls
 * @param grace how long the end waits for accepted images to be answered and read
 * @param images the largest image that is taken
 * @param maxMessageBytes the largest message that is taken in
 * @param connections the bounds of connections
 */
public record ServerConfig(
    String host,
    int port,
    List<String> models,
    int workers,
    EngineSettings engine,
    int maxOpenLayers,
    BatchLimits waiting,
    PlanLimits plans,
    StreamLimits streams,
    Duration grace,
    ImageLimits images,
    int maxMessageBytes,
    ConnectionLimits connections) {

  /** Checks the ranges; an {@link IllegalArgumentException} names the option. */
  public ServerConfig {
    models = List.copyOf(models);
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port is %d, 0 to 65535 is allowed".formatted(port));
    }
    if (workers < 1) {
      throw new IllegalArgumentException("workers is %d, at least 1 is needed".formatted(workers));
    }
    if (maxOpenLayers < 1) {
      throw new IllegalArgumentException(
          "max-open-layers is %d, at least 1 is needed".formatted(maxOpenLayers));
    }
    Duration linger = waiting.linger();
    if (linger.compareTo(Duration.ofSeconds(1)) > 0) {
      throw new IllegalArgumentException("linger is %s, 0 to 1 s is allowed".formatted(linger));
    }
    if (images.maxEncodedBytes() > maxMessageBytes) {
      throw new IllegalArgumentException(
          "max-image-bytes is %d, but a message may have %d at most (max-message-bytes)"
              .formatted(images.maxEncodedBytes(), maxMessageBytes));
    }
  }
}
