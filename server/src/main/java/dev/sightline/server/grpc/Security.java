package dev.sightline.server.grpc;

import dev.sightline.server.access.TokensFile;
import dev.sightline.server.access.Trust;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * How a server guards itself.
 *
 * @param credentials the server's end of each connection: plaintext, TLS, or TLS both ways
 * @param trust which certificates clients may show; null asks for none
 * @param clients who may call, by token; null lets in whoever can connect
 * @param healthPort a port of plaintext for health alone, 0 for any free one
 */
public record Security(
    ServerCredentials credentials,
    @Nullable Trust trust,
    @Nullable TokensFile clients,
    OptionalInt healthPort) {

  /** Nothing is encrypted and nobody is asked for a token: for loopback. */
  public static final Security OPEN =
      new Security(InsecureServerCredentials.create(), null, null, OptionalInt.empty());
}
