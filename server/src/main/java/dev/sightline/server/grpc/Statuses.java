package dev.sightline.server.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.sightline.server.batch.Refusal;
import dev.sightline.v1.Reason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;

/**
 * Refusals as errors of a call, each with a google.rpc.ErrorInfo, and with a google.rpc.RetryInfo
 * where trying again makes sense.
 */
final class Statuses {
  private static final String DOMAIN = "sightline.dev";
  private static final String PREFIX = "REASON_";

  /** Clients take 8 KiB of trailers, which hold the message twice: once escaped, once in base64. */
  private static final int MAX_ESCAPED = 2000;

  /** Three bytes of UTF-8 (per half, if it is a surrogate), each escaped as %XX. */
  private static final int ESCAPED_CHARACTER = 9;

  private Statuses() {}

  static StatusRuntimeException of(Refusal refusal) {
    ErrorInfo info =
        ErrorInfo.newBuilder()
            .setDomain(DOMAIN)
            .setReason(refusal.reason().name().substring(PREFIX.length()))
            .putAllMetadata(refusal.metadata())
            .build();
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(code(refusal).value())
            .setMessage(fitting(refusal.message()))
            .addDetails(Any.pack(info));
    String delay = refusal.metadata().get(Refusal.RETRY_DELAY);
    if (delay != null) {
      status.addDetails(
          Any.pack(RetryInfo.newBuilder().setRetryDelay(duration(Long.parseLong(delay))).build()));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  private static Duration duration(long millis) {
    return Duration.newBuilder()
        .setSeconds(millis / 1000)
        .setNanos((int) (millis % 1000) * 1_000_000)
        .build();
  }

  private static String fitting(String message) {
    int size = 0;
    for (int i = 0; i < message.length(); i++) {
      char c = message.charAt(i);
      size += c >= ' ' && c <= '~' && c != '%' ? 1 : ESCAPED_CHARACTER;
      if (size > MAX_ESCAPED) {
        return message.substring(0, i);
      }
    }
    return message;
  }

  private static Status.Code code(Refusal refusal) {
    if (refusal.reason() == Reason.REASON_UNKNOWN_MODEL) {
      return Status.Code.NOT_FOUND;
    }
    if (refusal.reason() == Reason.REASON_MODEL_UNAVAILABLE) {
      return Status.Code.UNAVAILABLE;
    }
    return switch (refusal.outcome()) {
      case OUTCOME_INVALID_IMAGE, OUTCOME_INVALID_OPTIONS -> Status.Code.INVALID_ARGUMENT;
      case OUTCOME_OVERLOADED -> Status.Code.RESOURCE_EXHAUSTED;
      case OUTCOME_DRAINING -> Status.Code.UNAVAILABLE;
      case OUTCOME_STALE -> Status.Code.DEADLINE_EXCEEDED;
      case OUTCOME_CANCELLED -> Status.Code.CANCELLED;
      case OUTCOME_SUPERSEDED -> Status.Code.ABORTED;
      case OUTCOME_INTERNAL, OUTCOME_EXPLAINED, OUTCOME_UNSPECIFIED, UNRECOGNIZED ->
          Status.Code.INTERNAL;
    };
  }
}
