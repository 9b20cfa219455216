package dev.sightline.client.cli;

import dev.sightline.client.SightlineClient;
import dev.sightline.client.Tls;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that say which server, and how to speak to it. */
final class Access {
  private static final String TOKEN_FILE = "SIGHTLINE_TOKEN_FILE";

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description =
          "The server, or several with commas between them; without it, one is started here for the"
              + " time of the command.")
  @Nullable String server;

  @Option(
      names = "--tls",
      description = "Encrypt, and trust servers of the authorities that Java trusts.")
  private boolean tls;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "Encrypt, and trust servers of the authorities in this PEM file alone.")
  private @Nullable Path authorities;

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "PEM: the certificate to show to a server that asks.")
  private @Nullable Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "PEM: the certificate's private key, PKCS #8.")
  private @Nullable Path key;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "A file with the token by which the server knows you; SIGHTLINE_TOKEN_FILE names one, too."
              + " It is sent only over TLS or to this machine.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--allow-plaintext",
      description = "Send the token where others can read it on its way, too.")
  private boolean allowPlaintext;

  /** A client of the server that was named. */
  SightlineClient client(String address, Map<String, String> environment) {
    return builder(address, environment).build();
  }

  /** The same before it is built. */
  SightlineClient.Builder builder(String address, Map<String, String> environment) {
    SightlineClient.Builder client = SightlineClient.builder(address);
    Tls how = how();
    if (how != null) {
      client.tls(how);
    }
    String named = environment.get(TOKEN_FILE);
    if (tokenFile != null) {
      client.tokenFile(tokenFile);
    } else if (named != null && !named.isEmpty()) {
      client.tokenFile(Path.of(named));
    }
    return allowPlaintext ? client.plaintextToken() : client;
  }

  /** A server of one's own is on loopback and knows neither certificates nor tokens. */
  void requireNothing() {
    if (how() != null || tokenFile != null || allowPlaintext) {
      throw new CommandFailure(
          "TLS and tokens are for a server that is named by --server host:port");
    }
  }

  private @Nullable Tls how() {
    if ((certificate == null) != (key == null)) {
      throw new CommandFailure("--tls-certificate and --tls-key go together");
    }
    Tls trusted =
        authorities != null ? Tls.trusting(authorities) : tls ? Tls.publicAuthorities() : null;
    if (certificate == null || key == null) {
      return trusted;
    }
    return (trusted == null ? Tls.publicAuthorities() : trusted).identifiedBy(certificate, key);
  }
}
