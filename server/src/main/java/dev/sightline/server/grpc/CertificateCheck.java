package dev.sightline.server.grpc;

import dev.sightline.server.access.Trust;
import dev.sightline.server.batch.Refusal;
import dev.sightline.v1.Reason;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the client's certificate once more at the beginning of each call. The handshake has done
 * so too, but TLS lets a client resume a session, for a day, and keep a connection, for ever,
 * without another look: one whose authority is gone would come back. Calls that are open go on.
 */
final class CertificateCheck implements ServerInterceptor {
  private static final Refusal UNTRUSTED =
      Refusal.of(
          Reason.REASON_UNAUTHENTICATED,
          "The client's certificate is not, or no longer, one that this server trusts.");

  private final Trust trust;

  CertificateCheck(Trust trust) {
    this.trust = trust;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (trusted(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION))) {
      return next.startCall(call, headers);
    }
    Statuses.close(call, UNTRUSTED);
    return new ServerCall.Listener<>() {};
  }

  private boolean trusted(@Nullable SSLSession session) {
    if (session == null) {
      return false;
    }
    try {
      return trust.trusts(
          Arrays.stream(session.getPeerCertificates())
              .map(X509Certificate.class::cast)
              .toArray(X509Certificate[]::new));
    } catch (SSLPeerUnverifiedException e) {
      return false;
    }
  }
}
