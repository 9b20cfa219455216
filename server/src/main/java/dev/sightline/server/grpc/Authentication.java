package dev.sightline.server.grpc;

import dev.sightline.server.access.Caller;
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

  private static final Context.Key<Caller> CALLER =
      Context.keyWithDefault("caller", Caller.ANYBODY);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String SCHEME = "bearer ";

  private final TokensFile clients;

  Authentication(TokensFile clients) {
    this.clients = clients;
  }

  /** Who makes the call that this thread works for; anybody, if nobody has to say. */
  static Caller caller() {
    return CALLER.get();
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String token = token(headers.get(AUTHORIZATION));
    Optional<Caller> caller = token == null ? Optional.empty() : clients.withToken(token);
    if (caller.isEmpty()) {
      Statuses.close(call, token == null ? MISSING : UNKNOWN);
      return new ServerCall.Listener<>() {};
    }
    return Contexts.interceptCall(
        Context.current().withValue(CALLER, caller.get()), call, headers, next);
  }

  private static @Nullable String token(@Nullable String authorization) {
    if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
      return null;
    }
    return authorization.substring(SCHEME.length()).trim();
  }
}
