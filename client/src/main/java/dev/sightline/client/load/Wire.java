package dev.sightline.client.load;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.sightline.client.Timing;
import dev.sightline.heatmap.HeatmapReader;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.Plane;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Outcome;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Locale;

/** Reads what comes over the generated stubs. */
final class Wire {
  private static final String DOMAIN = "sightline.dev";

  private Wire() {}

  static Delivery delivery(Asked asked, long due, Explanation answer, boolean expand) {
    boolean explained = answer.getOutcome() == Outcome.OUTCOME_EXPLAINED;
    long bytes = 0;
    for (Heatmap map : answer.getHeatmapsList()) {
      bytes += map.getData().size();
      if (expand) {
        expand(map);
      }
    }
    return new Delivery(
        asked,
        due,
        System.nanoTime(),
        explained ? Delivery.Fate.EXPLAINED : Delivery.Fate.DROPPED,
        explained
            ? ""
            : reason(
                without("OUTCOME_", answer.getOutcome().name()),
                without("REASON_", answer.getProblem().getReason().name())),
        answer.getProblem().getMessage(),
        timing(answer.getTiming()),
        answer.getHeatmapsCount(),
        bytes);
  }

  /** A call that failed: refused by the server for a reason of its own, or else lost. */
  static Delivery failure(Asked asked, long due, Throwable failure) {
    Status status = Status.fromThrowable(failure);
    String message = status.getDescription() == null ? status.toString() : status.getDescription();
    com.google.rpc.Status details = StatusProto.fromThrowable(failure);
    if (details != null) {
      for (Any detail : details.getDetailsList()) {
        try {
          if (detail.is(ErrorInfo.class)
              && detail.unpack(ErrorInfo.class).getDomain().equals(DOMAIN)) {
            return Delivery.without(
                asked,
                due,
                Delivery.Fate.DROPPED,
                lower(detail.unpack(ErrorInfo.class).getReason()),
                message);
          }
        } catch (InvalidProtocolBufferException e) {
          // As good as none; the status says enough.
        }
      }
    }
    return Delivery.without(
        asked, due, Delivery.Fate.LOST, reason("LOST", status.getCode().name()), message);
  }

  /** What a drop is called in reports: its outcome, and its reason where that says more. */
  static String reason(String outcome, String reason) {
    return outcome.equals(reason) || reason.equals("UNSPECIFIED")
        ? lower(outcome)
        : lower(outcome) + ": " + lower(reason);
  }

  /** Makes of a map what a receiver shows. */
  static void expand(Heatmap map) {
    boolean overlay =
        map.getEncoding() == Encoding.ENCODING_OVERLAY_PNG
            || map.getEncoding() == Encoding.ENCODING_OVERLAY_JPEG
            || map.getEncoding() == Encoding.ENCODING_OVERLAY_WEBP;
    if (overlay) {
      Photo unused = HeatmapReader.overlay(map);
    } else {
      Plane unused = HeatmapReader.plane(map);
    }
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String without(String prefix, String name) {
    return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
  }

  private static Timing timing(dev.sightline.v1.Timing wire) {
    return new Timing(
        duration(wire.getQueue()),
        duration(wire.getPreprocess()),
        duration(wire.getCompute()),
        duration(wire.getPostprocess()),
        duration(wire.getTotal()),
        wire.getBatchSize(),
        wire.getFrames());
  }

  private static Duration duration(com.google.protobuf.Duration wire) {
    return Duration.ofSeconds(wire.getSeconds(), wire.getNanos());
  }
}
