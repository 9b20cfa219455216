package dev.sightline.client;

import io.grpc.CallCredentials;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.SecurityLevel;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;

/**
 * Sends a token with every call, but never where others could read it on its way. Where it comes
 * from is asked for each call, so that it can be replaced while the client runs.
 */
final class BearerToken extends CallCredentials {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Pattern WORD = Pattern.compile("[!-~]+");

  /** Where a token comes from. */
  @FunctionalInterface
  interface Origin {
    String read() throws IOException;
  }

  private final Origin origin;
  private final boolean overPlaintext;

  /** Sends what the origin gives; over unencrypted networks too, if that is wanted. */
  BearerToken(Origin origin, boolean overPlaintext) {
    this.origin = origin;
    this.overPlaintext = overPlaintext;
  }

  /** The one word in that file. */
  static Origin file(Path file) {
    return () -> Files.readString(file);
  }

  @Override
  public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier applier) {
    if (!overPlaintext && !isSecret(call)) {
      applier.fail(
          Status.UNAUTHENTICATED.withDescription(
              "the token was not sent, for the connection is not encrypted; use TLS"));
      return;
    }
    executor.execute(() -> apply(applier));
  }

  private void apply(MetadataApplier applier) {
    try {
      String token = origin.read().strip();
      if (WORD.matcher(token).matches()) {
        Metadata headers = new Metadata();
        headers.put(AUTHORIZATION, "Bearer " + token);
        applier.apply(headers);
      } else {
        applier.fail(
            Status.UNAUTHENTICATED.withDescription(
                "a token is one word of ASCII; this one is not, or is empty"));
      }
    } catch (IOException | RuntimeException e) {
      applier.fail(
          Status.UNAUTHENTICATED.withDescription("the token cannot be read: " + e).withCause(e));
    }
  }

  /** Whether what is sent stays between the two: it is encrypted, or does not leave the machine. */
  private static boolean isSecret(RequestInfo call) {
    SocketAddress server = call.getTransportAttrs().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    return call.getSecurityLevel() == SecurityLevel.PRIVACY_AND_INTEGRITY
        || !(server instanceof InetSocketAddress remote)
        || remote.getAddress().isLoopbackAddress();
  }
}
