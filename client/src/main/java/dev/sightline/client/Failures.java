package dev.sightline.client;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Makes the failures of gRPC and of files into the client's own. */
final class Failures {
  private static final String DOMAIN = "sightline.dev";

  private Failures() {}

  /** The failure of a call: the server's own reason where it gave one, else what gRPC says. */
  static SightlineException of(Throwable failure, String server) {
    if (failure instanceof SightlineException known) {
      return known;
    }
    Status status = Status.fromThrowable(failure);
    String description = description(status);
    com.google.rpc.Status details = StatusProto.fromThrowable(failure);
    if (details != null) {
      for (com.google.protobuf.Any detail : details.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          ErrorInfo info = unpacked(detail, ErrorInfo.getDefaultInstance());
          if (info.getDomain().equals(DOMAIN)) {
            return new SightlineException(
                Reason.of(info.getReason()), description, info.getMetadataMap(), failure);
          }
        }
      }
    }
    return transport(status, description, failure, server);
  }

  /** Whether the same call, made again, may go well: no server was there, or it had no room yet. */
  static boolean mayHealAfterWait(Throwable failure) {
    return switch (Status.fromThrowable(failure).getCode()) {
      case UNAVAILABLE -> true;
      case RESOURCE_EXHAUSTED -> retryAfter(failure).isPresent();
      default -> false;
    };
  }

  /** As {@link #mayHealAfterWait}, of a stream; a server that is shut down cancels those it has. */
  static boolean mayHeal(Throwable failure) {
    return mayHealAfterWait(failure)
        || Status.fromThrowable(failure).getCode() == Status.Code.CANCELLED;
  }

  /** Whether the server itself said that it did not take what was sent. */
  static boolean isRefusal(Throwable failure) {
    return retryAfter(failure).isPresent() || of(failure, "").reason() == Reason.DRAINING;
  }

  /** Whether no server was there. */
  static boolean isUnreachable(Throwable failure) {
    return of(failure, "").reason() == Reason.UNAVAILABLE;
  }

  /** How long the server asks to be left alone. */
  static Optional<Duration> retryAfter(Throwable failure) {
    com.google.rpc.Status details = StatusProto.fromThrowable(failure);
    if (details != null) {
      for (com.google.protobuf.Any detail : details.getDetailsList()) {
        if (detail.is(RetryInfo.class)) {
          com.google.protobuf.Duration delay =
              unpacked(detail, RetryInfo.getDefaultInstance()).getRetryDelay();
          return Optional.of(Duration.ofSeconds(delay.getSeconds(), delay.getNanos()));
        }
      }
    }
    return Optional.empty();
  }

  /** What gRPC says, or, where that is no more than "io exception", what the socket or TLS said. */
  private static String description(Status status) {
    String said = status.getDescription();
    Throwable cause = status.getCause();
    if (said != null && said.matches("(?s)(io|ssl) exception.*") && cause != null) {
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      said = cause.getMessage();
    }
    return said == null ? status.getCode().name() : said;
  }

  private static boolean ofTls(@Nullable Throwable cause) {
    return cause != null && (cause instanceof SSLException || ofTls(cause.getCause()));
  }

  private static SightlineException transport(
      Status status, String description, Throwable failure, String server) {
    Reason reason =
        switch (status.getCode()) {
          case UNAVAILABLE -> Reason.UNAVAILABLE;
          case DEADLINE_EXCEEDED -> Reason.DEADLINE_EXCEEDED;
          case CANCELLED -> Reason.CANCELLED;
          case UNIMPLEMENTED -> Reason.UNIMPLEMENTED;
          case RESOURCE_EXHAUSTED -> Reason.OVERLOADED;
          case INTERNAL -> Reason.INTERNAL;
          case UNAUTHENTICATED -> Reason.UNAUTHENTICATED;
          case PERMISSION_DENIED -> Reason.PERMISSION_DENIED;
          default -> Reason.UNKNOWN;
        };
    String message =
        switch (reason) {
          case UNAVAILABLE ->
              (ofTls(failure) ? "no encrypted connection to " : "no server answers at ")
                  + server
                  + " ("
                  + description
                  + ")";
          case DEADLINE_EXCEEDED -> "the server at " + server + " did not answer in time";
          case UNIMPLEMENTED -> server + " is no Sightline server (" + description + ")";
          default -> description;
        };
    return new SightlineException(reason, message, Map.of(), failure);
  }

  /** An image whose file cannot be read. */
  static SightlineException unreadable(IOException failure) {
    String what =
        failure instanceof NoSuchFileException || failure instanceof FileNotFoundException
            ? "there is no file "
            : failure instanceof AccessDeniedException ? "no permission to read " : "cannot read ";
    return new SightlineException(
        Reason.IMAGE_UNREADABLE, what + failure.getMessage(), Map.of(), failure);
  }

  private static <M extends Message> M unpacked(com.google.protobuf.Any detail, M otherwise) {
    try {
      return detail.unpackSameTypeAs(otherwise);
    } catch (InvalidProtocolBufferException e) {
      return otherwise;
    }
  }
}
