package dev.sightline.server.app;

import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.grpc.ServerSettings;
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
 * @param linger how long a worker may wait for a fuller batch; zero takes what is there
 * @param maxWaiting images that may wait for a batch in the whole server
 * @param maxFrames frames that may be computed for one image
 * @param streams how many streams may be open, and for how long
 * @param grace how long the end waits for accepted images to be answered and read
 * @param images the largest image that is taken
 */
public record ServerConfig(
    String host,
    int port,
    List<String> models,
    int workers,
    EngineSettings engine,
    int maxOpenLayers,
    Duration linger,
    int maxWaiting,
    int maxFrames,
    StreamLimits streams,
    Duration grace,
    ImageLimits images) {

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
    if (linger.isNegative() || linger.compareTo(Duration.ofSeconds(1)) > 0) {
      throw new IllegalArgumentException("linger is %s, 0 to 1 s is allowed".formatted(linger));
    }
    if (maxWaiting < 1) {
      throw new IllegalArgumentException(
          "max-waiting is %d, at least 1 is needed".formatted(maxWaiting));
    }
    if (maxFrames < 1) {
      throw new IllegalArgumentException(
          "max-frames is %d, at least 1 is needed".formatted(maxFrames));
    }
    if (images.maxEncodedBytes() > ServerSettings.LOOPBACK.maxMessageBytes()) {
      throw new IllegalArgumentException(
          "max-image-bytes is %d, but a message may have %d at most"
              .formatted(images.maxEncodedBytes(), ServerSettings.LOOPBACK.maxMessageBytes()));
    }
  }
}
