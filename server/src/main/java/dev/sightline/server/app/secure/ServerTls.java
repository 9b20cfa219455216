package dev.sightline.server.app.secure;

import dev.sightline.server.access.WatchedFiles;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * The server's end of TLS. Files that change are for the connections that come after; those that
 * are open stay as they are.
 */
final class ServerTls {
  private final List<WatchedFiles> files = new ArrayList<>();
  private final ServerCredentials credentials;

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
    if (clientCa != null) {
      AdvancedTlsX509TrustManager trusted = trustManager();
      tls.trustManager(trusted).clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
      files.add(
          WatchedFiles.read(
              "The authorities of clients",
              List.of(clientCa),
              contents -> trust(trusted, clientCa, contents.get(0))));
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

  /** What is to be looked at now and then. */
  List<WatchedFiles> files() {
    return List.copyOf(files);
  }

  private static AdvancedTlsX509TrustManager trustManager() {
    try {
      return AdvancedTlsX509TrustManager.newBuilder().build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this platform has no trust manager", e);
    }
  }

  private static void trust(AdvancedTlsX509TrustManager trusted, Path file, byte[] content) {
    try {
      trusted.updateTrustCredentials(Pem.certificates(file, content));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(file + " cannot be used as authorities", e);
    }
  }
}
