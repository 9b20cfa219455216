package dev.sightline.server.app;

import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.EngineSettings.Device;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.stream.StreamLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * A server's options, on the command line or, under the same names without dashes in front, in a
 * YAML file.
 */
final class ServerOptions {

  @Option(
      names = "--models",
      split = ",",
      paramLabel = "NAME",
      description = "Models to serve, by name or folder; the first is the default. All, if none.")
  List<String> models = new ArrayList<>();

  @Option(
      names = "--host",
      defaultValue = "127.0.0.1",
      description =
          "Address to listen on; one that others can reach needs TLS. Default: ${DEFAULT-VALUE}")
  String host = "";

  @Option(
      names = "--port",
      defaultValue = "8484",
      description = "Port to listen on, 0 for a free one. Default: ${DEFAULT-VALUE}")
  int port;

  @Option(
      names = "--workers",
      defaultValue = "0",
      description = "Threads that run passes; 0 is one a core. Default: ${DEFAULT-VALUE}")
  int workers;

  @Option(
      names = "--device",
      defaultValue = "CPU",
      description =
          "${COMPLETION-CANDIDATES}. What cannot be had falls back to the CPU with a warning."
              + " Default: ${DEFAULT-VALUE}")
  Device device = Device.CPU;

  @Option(
      names = "--device-id",
      defaultValue = "0",
      description = "Which GPU. Default: ${DEFAULT-VALUE}")
  int deviceId;

  @Option(
      names = "--engine-threads",
      defaultValue = "1",
      description = "The engine's threads for one pass. Default: ${DEFAULT-VALUE}")
  int engineThreads;

  @Option(
      names = "--max-batch",
      defaultValue = "8",
      description = "Largest batch, a power of two. Default: ${DEFAULT-VALUE}")
  int maxBatch;

  @Option(names = "--half-precision", description = "Let TensorRT compute in float16.")
  boolean halfPrecision;

  @Option(
      names = "--engine-cache",
      paramLabel = "DIR",
      description = "Where TensorRT keeps compiled engines.")
  @Nullable Path engineCache;

  @Option(
      names = "--max-open-layers",
      defaultValue = "16",
      description =
          "Layers beside the default one that each model keeps open in the engine while nobody asks"
              + " for them, every further kind of pass counted alike. Default: ${DEFAULT-VALUE}")
  int maxOpenLayers;

  @Option(
      names = "--linger-ms",
      defaultValue = "0",
      description = "Milliseconds to wait for a fuller batch. Default: ${DEFAULT-VALUE}")
  long lingerMillis;

  @Option(
      names = "--max-waiting",
      defaultValue = "1024",
      description =
          "Images that may wait for a batch; image batches keep a place each, and have three"
              + " quarters of them at most. Default: ${DEFAULT-VALUE}")
  int maxWaiting;

  @Option(
      names = "--max-streams",
      defaultValue = "1024",
      description = "Live streams and batches that may be open. Default: ${DEFAULT-VALUE}")
  int maxStreams;

  @Option(
      names = "--max-calls",
      defaultValue = "1024",
      description = "Calls for one image that may be open. Default: ${DEFAULT-VALUE}")
  int maxCalls;

  @Option(
      names = "--max-unsent-bytes",
      defaultValue = "134217728",
      description =
          "Bytes of explanations that may wait for slow readers, all together; a sixteenth of"
              + " that for one. Default: ${DEFAULT-VALUE}")
  long maxUnsentBytes;

  @Option(
      names = "--max-stream-age-seconds",
      defaultValue = "0",
      description =
          "Age at which a stream is drained, give or take a tenth, so that clients come to new"
              + " servers; 0 is never. Default: ${DEFAULT-VALUE}")
  long maxStreamAgeSeconds;

  @Option(
      names = "--grace-seconds",
      defaultValue = "10",
      description =
          "How long the end waits for accepted images to be answered and read. Default:"
              + " ${DEFAULT-VALUE}")
  long graceSeconds;

  @Option(
      names = "--max-frames",
      defaultValue = "4096",
      description =
          "Frames that may be computed for one image: noisy samples, masked images, altered"
              + " activations. Default: ${DEFAULT-VALUE}")
  int maxFrames;

  @Option(
      names = "--max-image-bytes",
      defaultValue = "16777216",
      description = "Largest image file in bytes. Default: ${DEFAULT-VALUE}")
  int maxImageBytes;

  @Option(
      names = "--max-pixels",
      defaultValue = "33177600",
      description = "Largest image in pixels. Default: ${DEFAULT-VALUE}")
  long maxPixels;

  @Mixin ManagementOptions management = new ManagementOptions();

  ServerConfig config() {
    return new ServerConfig(
        host,
        port,
        models,
        workers == 0 ? Runtime.getRuntime().availableProcessors() : workers,
        new EngineSettings(device, deviceId, engineThreads, maxBatch, halfPrecision, engineCache),
        maxOpenLayers,
        Duration.ofMillis(lingerMillis),
        maxWaiting,
        maxFrames,
        StreamLimits.DEFAULT
            .of(maxStreams, Duration.ofSeconds(maxStreamAgeSeconds))
            .withMaxCalls(maxCalls)
            .withUnsentBytes(Math.max(1, maxUnsentBytes / 16), maxUnsentBytes),
        Duration.ofSeconds(graceSeconds),
        new ImageLimits(maxPixels, maxImageBytes));
  }
}
