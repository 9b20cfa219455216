package dev.sightline.server.grpc;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import dev.sightline.server.batch.Refusal;
import dev.sightline.v1.Reason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;

/** Refusals as errors of a call, each with a google.rpc.ErrorInfo. */
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
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code(refusal).value())
            .setMessage(fitting(refusal.message()))
            .addDetails(Any.pack(info))
            .build());
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
