package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.client.FakeServer;
import dev.sightline.client.Identity;
import dev.sightline.client.Image;
import dev.sightline.client.ModelSummary;
import dev.sightline.client.Options;
import dev.sightline.client.Pictures;
import dev.sightline.client.Reason;
import dev.sightline.client.SightlineClient;
import dev.sightline.client.SightlineException;
import dev.sightline.client.Tls;
import io.grpc.TlsServerCredentials;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A server over TLS, by the SDK and by the command line. */
@Timeout(120)
class AccessTest {
  @TempDir static Path keys;
  private static Identity server;
  private static Identity own;

  @BeforeAll
  static void make() {
    server = Identity.make(keys, "server");
    own = Identity.make(keys, "own");
  }

  private static Path key(String name) {
    return keys.resolve(name);
  }

  private static FakeServer serve(boolean mutual) throws IOException {
    TlsServerCredentials.Builder tls =
        TlsServerCredentials.newBuilder()
            .keyManager(stream(server.certificate()), stream(server.key()));
    if (mutual) {
      tls.trustManager(stream(own.certificate()))
          .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
    }
    return FakeServer.onLoopback(tls.build());
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static List<String> models(SightlineClient.Builder builder) {
    try (SightlineClient client = builder.build()) {
      return client.models().stream().map(ModelSummary::name).toList();
    }
  }

  @Test
  void aServerOfTheAuthorityThatIsTrustedIsAskedAndNoOther() throws IOException {
    try (FakeServer fake = serve(false)) {
      assertThat(
              models(SightlineClient.builder(fake.address()).tls(Tls.trusting(key("server.crt")))))
          .containsExactly("fake-net");
      for (Tls tls : List.of(Tls.trusting(key("own.crt")), Tls.publicAuthorities())) {
        assertThatThrownBy(() -> models(SightlineClient.builder(fake.address()).tls(tls)))
            .isInstanceOfSatisfying(
                SightlineException.class,
                e -> {
                  assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE);
                  assertThat(e)
                      .hasMessageStartingWith("no encrypted connection to " + fake.address())
                      .hasMessageContaining("certification path");
                });
      }
      assertThat(fake.authorizations()).containsExactly("");
    }
  }

  @Test
  void aClientShowsItsCertificateWhereItMust() throws IOException {
    try (FakeServer fake = serve(true)) {
      Tls trusting = Tls.trusting(key("server.crt"));
      assertThat(
              models(
                  SightlineClient.builder(fake.address())
                      .tls(trusting.identifiedBy(key("own.crt"), key("own.key")))))
          .containsExactly("fake-net");
      assertThatThrownBy(() -> models(SightlineClient.builder(fake.address()).tls(trusting)))
          .isInstanceOf(SightlineException.class)
          .hasMessageStartingWith("no encrypted connection to " + fake.address());
    }
  }

  @Test
  void theTokenGoesWithEveryKindOfCall() throws IOException {
    Path file = Files.writeString(key("token"), "t-1\n");
    try (FakeServer fake = serve(false);
        SightlineClient client =
            SightlineClient.builder(fake.address())
                .tls(Tls.trusting(key("server.crt")))
                .tokenFile(file)
                .build()) {
      client.models();
      client.explain(Image.encoded(Pictures.png(8, 8)));
      Files.writeString(file, "t-2\n");
      try (Stream<?> answers =
          client.explainAll(List.of(Image.encoded(Pictures.png(8, 8))), Options.defaults())) {
        assertThat(answers.count()).isEqualTo(1);
      }
      assertThat(fake.authorizations()).containsExactly("Bearer t-1", "Bearer t-1", "Bearer t-2");
    }
  }

  @Test
  void theCommandLineSpeaksToAServerThatWantsEverything() throws IOException {
    Path cat = Files.write(key("cat.png"), Pictures.png(8, 8));
    Path token = Files.writeString(key("cli-token"), "t-cli");
    try (FakeServer fake = serve(true)) {
      Cli cli =
          Cli.run(
              "explain",
              cat.toString(),
              "--format",
              "json",
              "--server",
              fake.address(),
              "--tls-ca",
              key("server.crt").toString(),
              "--tls-certificate",
              key("own.crt").toString(),
              "--tls-key",
              key("own.key").toString(),
              "--token-file",
              token.toString());
      assertThat(cli.err()).isEmpty();
      assertThat(cli.exit()).isZero();
      assertThat(cli.out()).contains("\"tabby\"");
      assertThat(fake.authorizations()).isNotEmpty().allMatch("Bearer t-cli"::equals);
    }
  }

  @Test
  void theEnvironmentNamesTheTokensFileUnlessTheCommandLineDoes() throws IOException {
    Map<String, String> environment =
        Map.of("SIGHTLINE_TOKEN_FILE", Files.writeString(key("env"), "t-env").toString());
    Path named = Files.writeString(key("named"), "t-named");
    try (FakeServer fake = FakeServer.onLoopback()) {
      for (String[] arguments : new String[][] {{}, {"--token-file", named.toString()}}) {
        Access access = new Access();
        new CommandLine(access).parseArgs(arguments);
        try (SightlineClient client = access.client(fake.address(), environment)) {
          client.models();
        }
      }
      assertThat(fake.authorizations()).containsExactly("Bearer t-env", "Bearer t-named");
    }
  }

  @Test
  void filesThatAreMissingOrNotWhatTheyShouldBeAreNamed() throws IOException {
    Path broken = Files.writeString(key("broken"), "no certificate");
    assertThatThrownBy(
            () -> SightlineClient.builder("a:1").tls(Tls.trusting(key("absent"))).build())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(key("absent").toString());
    assertThatThrownBy(() -> SightlineClient.builder("a:1").tls(Tls.trusting(broken)).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(broken.toString());
    Cli cli =
        Cli.run(
            "explain", broken.toString(), "--server", "a:1", "--tls-ca", key("absent").toString());
    assertThat(cli.exit()).isEqualTo(1);
    assertThat(cli.err()).isEqualTo("sightline: there is no file " + key("absent") + "\n");
  }

  @Test
  void optionsThatMakeNoSenseAreOneSentence() {
    Cli alone = Cli.run("explain", "x.png", "--server", "a:1", "--tls-certificate", "c.pem");
    assertThat(alone.err()).isEqualTo("sightline: --tls-certificate and --tls-key go together\n");
    Cli nobody = Cli.run("explain", "x.png", "--tls");
    assertThat(nobody.err())
        .isEqualTo(
            "sightline: TLS and tokens are for a server that is named by --server host:port\n");
  }
}
