package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What a container's health check sees, from real servers on loopback. */
class HealthCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final HealthStatusManager health = new HealthStatusManager();
  private @Nullable Server server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.shutdownNow();
    }
  }

  private String serve(ServerCredentials credentials) throws Exception {
    Server started =
        Grpc.newServerBuilderForPort(0, credentials)
            .addService(health.getHealthService())
            .build()
            .start();
    server = started;
    return "localhost:" + started.getPort();
  }

  private int run(String... arguments) {
    CommandLine commandLine = Main.commandLine();
    return commandLine
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void serverThatServesIsHealthy() throws Exception {
    String address = serve(InsecureServerCredentials.create());

    assertThat(run("health", "--server", address)).isZero();
    assertThat(out).hasToString("SERVING\n");
  }

  @Test
  void serverThatDrainsIsNot() throws Exception {
    String address = serve(InsecureServerCredentials.create());
    health.enterTerminalState();

    assertThat(run("health", "--server", address)).isEqualTo(1);
    assertThat(out).hasToString("NOT_SERVING\n");
  }

  @Test
  void eachServiceHasAHealthOfItsOwn() throws Exception {
    String address = serve(InsecureServerCredentials.create());
    health.setStatus("a.model", ServingStatus.NOT_SERVING);

    assertThat(run("health", "--server", address, "--service", "a.model")).isEqualTo(1);
    assertThat(out).hasToString("NOT_SERVING\n");
    assertThat(run("health", "--server", address, "--service", "no.such")).isEqualTo(1);
    assertThat(err).hasToString("sightline: %s gives no health: NOT_FOUND\n".formatted(address));
  }

  @Test
  void nobodyThereIsOneSentence() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }

    assertThat(run("health", "--server", "127.0.0.1:" + free)).isEqualTo(1);
    assertThat(err)
        .hasToString("sightline: 127.0.0.1:%d gives no health: UNAVAILABLE\n".formatted(free));
  }

  @Test
  void serverThatNeverAnswersIsGivenUp() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + silent.getLocalPort();

      assertThat(run("health", "--server", address, "--timeout-seconds", "1")).isEqualTo(1);
      assertThat(err)
          .hasToString("sightline: %s gives no health: DEADLINE_EXCEEDED\n".formatted(address));
    }
  }

  @Test
  void encryptedServerIsTrustedByItsAuthorityAlone(@TempDir Path folder) throws Exception {
    KeyStore keys = selfSigned(folder.resolve("keys.p12"));
    KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
    managers.init(keys, "secret".toCharArray());
    String address =
        serve(TlsServerCredentials.newBuilder().keyManager(managers.getKeyManagers()).build());
    Path ca =
        Files.writeString(
            folder.resolve("ca.pem"),
            "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
                .formatted(
                    Base64.getMimeEncoder().encodeToString(keys.getCertificate("a").getEncoded())));

    assertThat(run("health", "--server", address, "--tls-ca", ca.toString())).isZero();
    assertThat(out).hasToString("SERVING\n");
    assertThat(run("health", "--server", address, "--tls")).isEqualTo(1);
    assertThat(run("health", "--server", address)).isEqualTo(1);
  }

  private static KeyStore selfSigned(Path file) throws Exception {
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    "a",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "san=dns:localhost",
                    "-storetype",
                    "PKCS12",
                    "-storepass",
                    "secret",
                    "-keystore",
                    file.toString()))
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, "secret".toCharArray());
    }
    return keys;
  }
}
