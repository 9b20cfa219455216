package dev.sightline.server.grpc;

import dev.sightline.server.access.Grant;
import dev.sightline.server.access.TokensFile;
import dev.sightline.server.batch.Refusal;
import dev.sightline.v1.Reason;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls, by the bearer token of the call; a call without one that is known never
 * reaches its service. Says nothing of the token but whether there is one.
 */
final class Authentication implements ServerInterceptor {
  static final Refusal UNKNOWN =
      Refusal.of(
          Reason.REASON_UNAUTHENTICATED, "The token is that of none of this server's clients.");

  private static final Refusal MISSING =
      Refusal.of(
          Reason.REASON_UNAUTHENTICATED,
          "This server takes calls of its clients alone: send \"authorization: Bearer TOKEN\".");

  private static final Context.Key<Grant> GRANT = Context.keyWithDefault("grant", Grant.ANYBODY);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String SCHEME = "bearer ";

  private final TokensFile clients;

  Authentication(TokensFile clients) {
    this.clients = clients;
  }

  /** What the call was let in by that this thread works for; for anybody, if nobody has to say. */
  static Grant grant() {
    return GRANT.get();
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String token = token(headers.get(AUTHORIZATION));
    Optional<Grant> grant = token == null ? Optional.empty() : clients.withToken(token);
    if (grant.isEmpty()) {
      Statuses.close(call, token == null ? MISSING : UNKNOWN);
      return new ServerCall.Listener<>() {};
    }
    return Contexts.interceptCall(
        Context.current().withValue(GRANT, grant.get()), call, headers, next);
  }

  private static @Nullable String token(@Nullable String authorization) {
    if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
      return null;
    }
    return authorization.substring(SCHEME.length()).trim();
  }
}
