package dev.sightline.server.grpc;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.sightline.server.batch.Refusal;
import dev.sightline.v1.Outcome;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;

/**
 * Refusals as errors of a call, each with a google.rpc.ErrorInfo, and with a google.rpc.RetryInfo
 * where it is known when to try again.
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
    refusal.retryAfter().map(Statuses::retryInfo).map(Any::pack).ifPresent(status::addDetails);
    return StatusProto.toStatusRuntimeException(status.build());
  }

  /** Ends a call that its service has not seen. */
  static void close(ServerCall<?, ?> call, Refusal refusal) {
    StatusRuntimeException refused = of(refusal);
    Metadata trailers = Status.trailersFromThrowable(refused);
    call.close(refused.getStatus(), trailers == null ? new Metadata() : trailers);
  }

  private static RetryInfo retryInfo(Duration after) {
    return RetryInfo.newBuilder()
        .setRetryDelay(
            com.google.protobuf.Duration.newBuilder()
                .setSeconds(after.toSeconds())
                .setNanos(after.toNanosPart()))
        .build();
  }

  private static String fitting(String message) {
    int size = 0;
    for (int i = 0; i < message.length(); i++) {
      char c = message.charAt(i);
      size += c >= ' ' && c <= '~' && c != '%' ? 1 : ESCAPED_CHARACTER;
      if (size > MAX_ESCAPED) {
        return message.substring(0, Character.isLowSurrogate(c) ? i - 1 : i);
      }
    }
    return message;
  }

  private static Status.Code code(Refusal refusal) {
    return switch (refusal.reason()) {
      case REASON_UNKNOWN_MODEL -> Status.Code.NOT_FOUND;
      case REASON_MODEL_UNAVAILABLE -> Status.Code.UNAVAILABLE;
      case REASON_UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
      case REASON_PERMISSION_DENIED -> Status.Code.PERMISSION_DENIED;
      default -> code(refusal.outcome());
    };
  }

  private static Status.Code code(Outcome outcome) {
    return switch (outcome) {
      case OUTCOME_INVALID_IMAGE, OUTCOME_INVALID_OPTIONS -> Status.Code.INVALID_ARGUMENT;
      case OUTCOME_OVERLOADED -> Status.Code.RESOURCE_EXHAUSTED;
      case OUTCOME_DRAINING -> Status.Code.UNAVAILABLE;
      case OUTCOME_STALE -> Status.Code.DEADLINE_EXCEEDED;
      case OUTCOME_CANCELLED -> Status.Code.CANCELLED;
      case OUTCOME_SUPERSEDED -> Status.Code.ABORTED;
      case OUTCOME_INTERNAL,
          OUTCOME_EXPLAINED,
          OUTCOME_UNCHANGED,
          OUTCOME_UNSPECIFIED,
          UNRECOGNIZED ->
          Status.Code.INTERNAL;
    };
  }
}
