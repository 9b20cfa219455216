package dev.sightline.server.app;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.grpc.ConnectionLimits;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.stream.StreamLimits;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The bounds of a server, among its options. */
final class LimitOptions {

  @Option(
      names = "--max-connections",
      defaultValue = "2048",
      description =
          "Connections that may be open, on the port and again on that of health; more are closed"
              + " at once. Default: ${DEFAULT-VALUE}")
  int maxConnections;

  @Option(
      names = "--max-connection-calls",
      defaultValue = "256",
      description =
          "Calls and streams that may be open on one connection; more wait at the client."
              + " Default: ${DEFAULT-VALUE}")
  int maxConnectionCalls;

  @Option(
      names = "--max-streams",
      defaultValue = "1024",
      description = "Live streams and batches that may be open. Default: ${DEFAULT-VALUE}")
  int maxStreams;

  @Option(
      names = "--max-stream-fps",
      defaultValue = "0",
      description =
          "Frames a second that a live stream may send; more are answered as overloaded. 0 does not"
              + " count them: a newer frame only takes the place of the one that waits."
              + " Default: ${DEFAULT-VALUE}")
  int maxStreamFps;

  @Option(
      names = "--max-stream-age-seconds",
      defaultValue = "0",
      description =
          "Age at which a stream is drained, give or take a tenth, so that clients come to new"
              + " servers; 0 is never. Default: ${DEFAULT-VALUE}")
  long maxStreamAgeSeconds;

  @Option(
      names = "--max-calls",
      defaultValue = "1024",
      description = "Calls for one image that may be open. Default: ${DEFAULT-VALUE}")
  int maxCalls;

  @Option(
      names = "--max-unanswered",
      defaultValue = "256",
      description =
          "Frames of a live stream whose answers are not on their way yet; with so many, the server"
              + " reads no more of it. Default: ${DEFAULT-VALUE}")
  int maxUnanswered;

  @Option(
      names = "--batch-window",
      defaultValue = "32",
      description = "The same for images of an image batch. Default: ${DEFAULT-VALUE}")
  int batchWindow;

  @Option(
      names = "--max-unsent",
      defaultValue = "8",
      description =
          "Explanations of a live stream that may wait for a slow reader. Default:"
              + " ${DEFAULT-VALUE}")
  int maxUnsent;

  @Option(
      names = "--max-unsent-bytes",
      defaultValue = "134217728",
      description =
          "Bytes of explanations that may wait for slow readers, all together; a sixteenth of"
              + " that for one. Default: ${DEFAULT-VALUE}")
  long maxUnsentBytes;

  @Option(
      names = "--max-waiting",
      defaultValue = "1024",
      description =
          "Images that may wait for a batch; image batches keep a place each, and have three"
              + " quarters of them at most. Default: ${DEFAULT-VALUE}")
  int maxWaiting;

  @Option(
      names = "--max-waiting-bytes",
      defaultValue = "268435456",
      description = "Bytes of the images that wait. Default: ${DEFAULT-VALUE}")
  long maxWaitingBytes;

  @Option(
      names = "--max-rows",
      defaultValue = "64",
      description = "Frames times classes of one pass. Default: ${DEFAULT-VALUE}")
  int maxRows;

  @Option(
      names = "--max-frames",
      defaultValue = "4096",
      description =
          "Frames that may be computed for one image: noisy samples, masked images, altered"
              + " activations. Default: ${DEFAULT-VALUE}")
  int maxFrames;

  @Option(
      names = "--max-evidence-bytes",
      defaultValue = "268435456",
      description =
          "Bytes of activations and gradients that one image may keep meanwhile. Default:"
              + " ${DEFAULT-VALUE}")
  long maxEvidenceBytes;

  @Option(
      names = "--max-answer-pixels",
      defaultValue = "67108864",
      description = "Pixels of all maps of one answer. Default: ${DEFAULT-VALUE}")
  long maxAnswerPixels;

  @Option(
      names = "--max-message-bytes",
      defaultValue = "67108864",
      description =
          "Largest message; a larger one ends its call, so leave it well above the largest image."
              + " Default: ${DEFAULT-VALUE}")
  int maxMessageBytes;

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

  ConnectionLimits connections() {
    return ConnectionLimits.DEFAULT.of(
        positive("max-connections", maxConnections),
        positive("max-connection-calls", maxConnectionCalls));
  }

  StreamLimits streams() {
    if (maxStreamFps < 0 || maxStreamAgeSeconds < 0) {
      throw new IllegalArgumentException(
          "max-stream-fps is %d and max-stream-age-seconds %d, at least 0 is needed"
              .formatted(maxStreamFps, maxStreamAgeSeconds));
    }
    long unsent = positive("max-unsent-bytes", maxUnsentBytes);
    return new StreamLimits(
        positive("max-streams", maxStreams),
        positive("max-unanswered", maxUnanswered),
        positive("max-unsent", maxUnsent),
        positive("batch-window", batchWindow),
        Duration.ofSeconds(maxStreamAgeSeconds),
        Math.max(1, unsent / 16),
        unsent,
        positive("max-calls", maxCalls),
        maxStreamFps);
  }

  BatchLimits waiting(Duration linger) {
    return new BatchLimits(
        positive("max-waiting", maxWaiting),
        positive("max-waiting-bytes", maxWaitingBytes),
        positive("max-rows", maxRows),
        linger);
  }

  PlanLimits plans() {
    return new PlanLimits(
        positive("max-answer-pixels", maxAnswerPixels),
        positive("max-frames", maxFrames),
        positive("max-evidence-bytes", maxEvidenceBytes));
  }

  ImageLimits images() {
    return new ImageLimits(maxPixels, maxImageBytes);
  }

  int messageBytes() {
    return positive("max-message-bytes", maxMessageBytes);
  }

  private static int positive(String option, int value) {
    return (int) positive(option, (long) value);
  }

  private static long positive(String option, long value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s is %d, at least 1 is needed".formatted(option, value));
    }
    return value;
  }
}
