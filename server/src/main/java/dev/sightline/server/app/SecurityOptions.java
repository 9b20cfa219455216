package dev.sightline.server.app;

import dev.sightline.server.app.secure.SecurityConfig;
import dev.sightline.server.app.secure.TlsFiles;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of a server that say who may speak to it, and how. */
final class SecurityOptions {

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "PEM: the server's certificate and its chain. Read again when it changes.")
  @Nullable Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "PEM: the certificate's private key, PKCS #8, RSA or elliptic curve.")
  @Nullable Path key;

  @Option(
      names = "--tls-client-ca",
      paramLabel = "FILE",
      description = "PEM: lets in only clients with certificates of these authorities.")
  @Nullable Path clientCa;

  @Option(
      names = "--tokens",
      paramLabel = "FILE",
      description =
          "YAML: lets in only clients with these tokens, each to its models and at its rate."
              + " Read again when it changes.")
  @Nullable Path tokens;

  @Option(
      names = "--allow-plaintext",
      description =
          "Listen without TLS where others can reach the server. Images, answers and tokens can"
              + " then be read on their way.")
  boolean allowPlaintext;

  @Option(
      names = "--reflection",
      description =
          "Describe the services where others can reach the server, not only on loopback.")
  boolean reflection;

  @Option(
      names = "--reload",
      negatable = true,
      fallbackValue = "true",
      description = {
        "Replace a model when its folder has changed, once the new one is warm.",
        "On loopback this is on; where others can reach the server only if asked for."
      })
  @Nullable Boolean reload;

  @Option(
      names = "--health-port",
      paramLabel = "PORT",
      description =
          "A second port, plaintext, that answers grpc.health.v1 alone; 0 for a free one.")
  @Nullable Integer healthPort;

  SecurityConfig config() {
    return new SecurityConfig(
        tls(),
        tokens,
        allowPlaintext,
        reflection,
        reload,
        healthPort == null ? OptionalInt.empty() : OptionalInt.of(healthPort));
  }

  private @Nullable TlsFiles tls() {
    if (certificate != null && key != null) {
      return new TlsFiles(certificate, key, clientCa);
    }
    if (certificate != null || key != null || clientCa != null) {
      throw new IllegalArgumentException(
          "TLS needs both --tls-certificate and --tls-key; --tls-client-ca is beside them");
    }
    return null;
  }
}
