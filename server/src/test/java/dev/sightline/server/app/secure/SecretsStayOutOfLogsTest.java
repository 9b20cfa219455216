package dev.sightline.server.app.secure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.grpc.ServerSettings;
import dev.sightline.server.grpc.SightlineServer;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.ListModelsRequest;
import dev.sightline.v1.ModelServiceGrpc;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.logging.StreamHandler;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The whole log, as it is configured for operators and at its most talkative. */
@Timeout(120)
class SecretsStayOutOfLogsTest {
  private static final String TOKEN = "tok-Zq7x0w4fWq3mV9";
  private static final String WRONG = "tok-Hb2k5r8sJd6nC1";
  private static final String LEVEL = "SIGHTLINE_LOG";

  @TempDir Path folder;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final PrintStream before = System.err;
  private final PrintStream captured = new PrintStream(log, true, UTF_8);
  private final StreamHandler javaLogging = new StreamHandler(captured, new SimpleFormatter());

  @BeforeEach
  void capture() throws JoranException {
    System.setErr(captured);
    System.setProperty(LEVEL, "TRACE");
    configure("/logback.xml");
    Logger.getLogger("").addHandler(javaLogging);
  }

  @AfterEach
  void restore() throws JoranException {
    Logger.getLogger("").removeHandler(javaLogging);
    System.clearProperty(LEVEL);
    System.setErr(before);
    configure("/logback-test.xml");
  }

  private static void configure(String resource) throws JoranException {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(SecretsStayOutOfLogsTest.class.getResource(resource));
  }

  @Test
  void neitherTokensNorTheirHashesNorKeysAreLoggedNorStacksOfStrangers() throws Exception {
    Identity identity = Identity.make(folder, "server");
    Path certificate = Files.writeString(folder.resolve("certificate"), identity.certificate());
    Path key = Files.writeString(folder.resolve("key"), identity.key());
    String hash =
        HexFormat.of()
            .formatHex(MessageDigest.getInstance("SHA-256").digest(TOKEN.getBytes(UTF_8)));
    String clients = "clients:\n  camera-7:\n    token-sha256: %s\n".formatted(hash);
    Path tokens = Files.writeString(folder.resolve("tokens"), clients);
    SecurityConfig config =
        new SecurityConfig(
            new TlsFiles(certificate, key, certificate),
            tokens,
            false,
            false,
            null,
            OptionalInt.empty());
    PixelModel model = new PixelModel(1);
    ChannelCredentials trusting =
        TlsChannelCredentials.newBuilder()
            .trustManager(stream(identity.certificate()))
            .keyManager(stream(identity.certificate()), stream(identity.key()))
            .build();
    try (Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime);
        Protection protection = Protection.of(config, "127.0.0.1");
        SightlineServer server =
            SightlineServer.start(
                ServerSettings.LOOPBACK,
                protection.security(),
                StreamLimits.DEFAULT,
                batcher,
                model.planner(),
                model)) {
      assertThat(call(server, trusting, TOKEN)).isEqualTo(Status.Code.OK);
      assertThat(call(server, trusting, WRONG)).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(call(server, InsecureChannelCredentials.create(), TOKEN))
          .isEqualTo(Status.Code.UNAVAILABLE);
      knockWithoutACertificate(server.port());
      Files.writeString(key, identity.key().replace("-----END", "!-----END"));
      protection.check();
      Files.writeString(tokens, clients.replace(hash, TOKEN));
      protection.check();
      Files.writeString(tokens, "clients: [" + TOKEN + ": " + hash);
      protection.check();
    }
    javaLogging.flush();
    String logged = log.toString(UTF_8);
    assertThat(logged)
        .contains("The TLS certificate changed", "The tokens file changed", "camera-7");
    assertThat(logged).as("stack traces").doesNotContain("\tat ");
    for (String secret : List.of(TOKEN, WRONG, hash)) {
      assertThat(logged).doesNotContainIgnoringCase(secret);
    }
    identity
        .key()
        .lines()
        .filter(line -> !line.startsWith("-----"))
        .forEach(line -> assertThat(logged).doesNotContain(line));
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(UTF_8));
  }

  /** As a scanner of ports does; returns when the server has refused. */
  private static void knockWithoutACertificate(int port) throws Exception {
    SSLContext trusting = SSLContext.getInstance("TLS");
    trusting.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    try (Socket socket = trusting.getSocketFactory().createSocket("127.0.0.1", port)) {
      assertThatThrownBy(() -> assertThat(socket.getInputStream().read()).isNotEqualTo(-1))
          .isInstanceOf(IOException.class);
    }
  }

  private static Status.Code call(
      SightlineServer server, ChannelCredentials credentials, String token) {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    ManagedChannel channel = Grpc.newChannelBuilder(server.address(), credentials).build();
    try {
      ModelServiceGrpc.newBlockingStub(channel)
          .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
          .listModels(ListModelsRequest.getDefaultInstance());
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    } finally {
      channel.shutdownNow();
    }
  }
}
