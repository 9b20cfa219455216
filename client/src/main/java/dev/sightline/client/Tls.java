package dev.sightline.client;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a client makes sure that its server is who it says, and shows who the client is where the
 * server asks. Files are PEM and are read when the client is built. Immutable.
 */
public final class Tls {
  private static final Tls PUBLIC = new Tls(null, null, null);

  private final @Nullable Path authorities;
  private final @Nullable Path certificate;
  private final @Nullable Path key;

  private Tls(@Nullable Path authorities, @Nullable Path certificate, @Nullable Path key) {
    this.authorities = authorities;
    this.certificate = certificate;
    this.key = key;
  }

  /** Trusts servers with a certificate of the authorities that Java trusts. */
  public static Tls publicAuthorities() {
    return PUBLIC;
  }

  /** Trusts servers with a certificate of the authorities in that file alone. */
  public static Tls trusting(Path authorities) {
    return new Tls(authorities, null, null);
  }

  /**
   * The same, and shows a certificate to a server that asks.
   *
   * @param certificate the client's certificate and its chain
   * @param key its private key, PKCS #8 and not encrypted
   */
  public Tls identifiedBy(Path certificate, Path key) {
    return new Tls(authorities, certificate, key);
  }

  /** What a channel needs. */
  ChannelCredentials credentials() {
    TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder();
    try {
      if (authorities != null) {
        tls.trustManager(present(authorities).toFile());
      }
      if (certificate != null && key != null) {
        tls.keyManager(present(certificate).toFile(), present(key).toFile());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return tls.build();
  }

  private static Path present(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(file.toString());
    }
    return file;
  }

  /** What to look at when one of the files is not what it should be; names them all. */
  @Override
  public String toString() {
    return "TLS with"
        + (authorities == null ? " Java's authorities" : " the authorities in " + authorities)
        + (certificate == null ? "" : ", certificate " + certificate + " and key " + key);
  }
}
