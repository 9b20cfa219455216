package dev.sightline.server.app.secure;

import dev.sightline.server.access.Trust;
import dev.sightline.server.access.WatchedFiles;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The server's end of TLS. Files that change are for the connections that come after; those that
 * are open stay as they are.
 */
final class ServerTls {
  private final List<WatchedFiles> files = new ArrayList<>();
  private final ServerCredentials credentials;
  private final @Nullable ClientAuthorities authorities;

  private ServerTls(TlsFiles where) {
    AdvancedTlsX509KeyManager identity = new AdvancedTlsX509KeyManager();
    TlsServerCredentials.Builder tls = TlsServerCredentials.newBuilder().keyManager(identity);
    files.add(
        WatchedFiles.read(
            "The TLS certificate",
            List.of(where.certificate(), where.key()),
            contents -> {
              X509Certificate[] chain = Pem.certificates(where.certificate(), contents.get(0));
              PrivateKey key = Pem.key(where.key(), contents.get(1));
              Pem.requireUsable(where, chain[0], key);
              identity.updateIdentityCredentials(chain, key);
            }));
    Path clientCa = where.clientCa();
    authorities = clientCa == null ? null : authorities(clientCa);
    if (authorities != null) {
      tls.trustManager(authorities.handshake()).clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
    }
    credentials = tls.build();
  }

  /**
   * Reads the files.
   *
   * @throws IllegalArgumentException in a sentence, if they cannot be used
   */
  static ServerTls read(TlsFiles files) {
    return new ServerTls(files);
  }

  ServerCredentials credentials() {
    return credentials;
  }

  /** Which certificates clients may show; null if they need none. */
  @Nullable Trust trust() {
    return authorities;
  }

  /** What is to be looked at now and then. */
  List<WatchedFiles> files() {
    return List.copyOf(files);
  }

  private ClientAuthorities authorities(Path file) {
    AtomicReference<@Nullable ClientAuthorities> read = new AtomicReference<>();
    files.add(
        WatchedFiles.read(
            "The authorities of clients",
            List.of(file),
            contents -> {
              X509Certificate[] certificates = Pem.certificates(file, contents.get(0));
              try {
                ClientAuthorities before = read.get();
                if (before == null) {
                  read.set(new ClientAuthorities(certificates));
                } else {
                  before.replace(certificates);
                }
              } catch (IOException | GeneralSecurityException e) {
                throw new IllegalArgumentException(file + " cannot be used as authorities", e);
              }
            }));
    return Objects.requireNonNull(read.get());
  }
}
