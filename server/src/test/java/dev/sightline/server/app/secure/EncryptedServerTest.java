package dev.sightline.server.app.secure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sightline.server.LogCapture;
import dev.sightline.server.access.WatchedFiles;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.grpc.ConnectionLimits;
import dev.sightline.server.grpc.RecordingObserver;
import dev.sightline.server.grpc.ServerSettings;
import dev.sightline.server.grpc.SightlineServer;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import dev.sightline.v1.ListModelsRequest;
import dev.sightline.v1.ModelServiceGrpc;
import dev.sightline.v1.Outcome;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS over real sockets, with certificates that are made here and changed while streams go on. */
@Timeout(120)
class EncryptedServerTest {
  @TempDir static Path keys;
  private static Identity first;
  private static Identity second;
  private static Identity client;
  private static Identity stranger;
  private static Identity expired;

  @TempDir Path folder;
  private final PixelModel model = new PixelModel(4);
  private final Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime);
  private final List<AutoCloseable> opened = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // Each test starts its own.
  private Protection protection;

  @SuppressWarnings("NullAway.Init")
  private SightlineServer server;

  @BeforeAll
  static void make() {
    first = Identity.make(keys, "first");
    second = Identity.make(keys, "second", "-keyalg", "RSA", "-keysize", "2048");
    client = Identity.make(keys, "client");
    stranger = Identity.make(keys, "stranger");
    expired =
        Identity.make(keys, "expired", "-keyalg", "EC", "-startdate", "-3d", "-validity", "1");
  }

  @BeforeEach
  void write() throws IOException {
    put(first);
    Files.writeString(folder.resolve("clients"), client.certificate());
    batcher.start(2);
  }

  private void put(Identity identity) throws IOException {
    Files.writeString(folder.resolve("certificate"), identity.certificate());
    Files.writeString(folder.resolve("key"), identity.key());
  }

  private TlsFiles files(boolean mutual) {
    return new TlsFiles(
        folder.resolve("certificate"),
        folder.resolve("key"),
        mutual ? folder.resolve("clients") : null);
  }

  private SecurityConfig config(boolean mutual) {
    return new SecurityConfig(files(mutual), null, false, false, null, OptionalInt.empty());
  }

  private void start(boolean mutual) throws IOException {
    start(mutual, ServerSettings.LOOPBACK);
  }

  private void start(boolean mutual, ServerSettings settings) throws IOException {
    protection = Protection.of(config(mutual), "127.0.0.1");
    server =
        SightlineServer.start(
            settings, protection.security(), StreamLimits.DEFAULT, batcher, model.planner(), model);
    opened.add(server);
    opened.add(protection);
  }

  @AfterEach
  void stop() throws Exception {
    // Channels were opened last, and an open stream would hold up the server's end.
    Collections.reverse(opened);
    for (AutoCloseable each : opened) {
      each.close();
    }
    batcher.close();
  }

  /** A connection of its own. */
  private ManagedChannel connect(ChannelCredentials credentials) {
    ManagedChannel channel = Grpc.newChannelBuilder(server.address(), credentials).build();
    opened.add(channel::shutdownNow);
    return channel;
  }

  private static ChannelCredentials tls(Identity trusted, @Nullable Identity own) {
    try {
      TlsChannelCredentials.Builder tls =
          TlsChannelCredentials.newBuilder().trustManager(stream(trusted.certificate()));
      return (own == null ? tls : tls.keyManager(stream(own.certificate()), stream(own.key())))
          .build();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
  }

  private int models(ChannelCredentials credentials) {
    return ModelServiceGrpc.newBlockingStub(connect(credentials))
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .listModels(ListModelsRequest.getDefaultInstance())
        .getModelsCount();
  }

  private void assertRefused(ChannelCredentials credentials) {
    StatusRuntimeException error =
        catchThrowableOfType(StatusRuntimeException.class, () -> models(credentials));
    assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  private static ExplainStreamRequest frame(long sequence) {
    return ExplainStreamRequest.newBuilder()
        .setFrame(Frame.newBuilder().setSequence(sequence).setImage(PixelModel.image(1)))
        .build();
  }

  private StreamObserver<ExplainStreamRequest> stream(
      ChannelCredentials credentials, RecordingObserver<ExplainStreamResponse> answers) {
    StreamObserver<ExplainStreamRequest> requests =
        ExplanationServiceGrpc.newStub(connect(credentials)).explainStream(answers);
    requests.onNext(
        ExplainStreamRequest.newBuilder().setOptions(ExplainOptions.getDefaultInstance()).build());
    return requests;
  }

  @Test
  void onlyThoseWhoEncryptAndTrustTheCertificateAreAnswered() throws IOException {
    start(false);
    assertThat(models(tls(first, null))).isEqualTo(1);
    assertRefused(tls(second, null));
    assertRefused(InsecureChannelCredentials.create());
  }

  @Test
  void aNewCertificateIsForNewConnectionsAndOpenStreamsGoOn() throws Exception {
    start(false);
    RecordingObserver<ExplainStreamResponse> answers = new RecordingObserver<>();
    StreamObserver<ExplainStreamRequest> requests = stream(tls(first, null), answers);
    requests.onNext(frame(1));
    answers.await(1);

    put(second);
    protection.check();

    assertThat(models(tls(second, null))).isEqualTo(1);
    assertRefused(tls(first, null));
    for (int i = 2; i <= 20; i++) {
      requests.onNext(frame(i));
      answers.await(i);
    }
    requests.onCompleted();
    answers.awaitCompletion();
    assertThat(answers.await(20))
        .allMatch(event -> event.getExplanation().getOutcome() == Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void aBrokenCertificateOrKeyKeepsTheOldOneAndSaysSo() throws Exception {
    start(false);
    String cut = second.key().substring(0, second.key().length() / 2);
    for (Identity broken :
        List.of(
            new Identity("no certificate", second.key()),
            new Identity("", second.key()),
            new Identity(second.certificate(), "no key"),
            new Identity(second.certificate(), cut),
            new Identity(second.certificate(), first.key()),
            new Identity(first.certificate(), second.key()),
            expired)) {
      put(broken);
      try (LogCapture log = LogCapture.of(WatchedFiles.class)) {
        protection.check();
        protection.check();
        assertThat(log.lines())
            .singleElement()
            .asString()
            .startsWith("WARN The TLS certificate changed, but what was read before stays")
            .contains(folder.toString())
            .doesNotContain(cut.lines().skip(1).findFirst().orElseThrow());
      }
      assertThat(models(tls(first, null))).isEqualTo(1);
    }
  }

  /** The two files cannot change at once, and somebody may look in between. */
  @Test
  void aCertificateThatComesBeforeItsKeyWaitsForIt() throws Exception {
    start(false);
    Files.writeString(folder.resolve("certificate"), second.certificate());
    try (LogCapture log = LogCapture.of(WatchedFiles.class)) {
      protection.check();
      assertThat(log.lines()).singleElement().asString().contains("is not the key of");
    }
    assertThat(models(tls(first, null))).isEqualTo(1);
    Files.writeString(folder.resolve("key"), second.key());
    protection.check();
    assertThat(models(tls(second, null))).isEqualTo(1);
  }

  @Test
  void strangersAndThoseWithoutACertificateAreRefusedWhereClientsMustHaveOne() throws IOException {
    start(true);
    assertThat(models(tls(first, client))).isEqualTo(1);
    assertRefused(tls(first, stranger));
    assertRefused(tls(first, null));
    assertRefused(InsecureChannelCredentials.create());
  }

  @Test
  void authoritiesOfClientsAreReplacedWhileAStreamGoesOn() throws Exception {
    start(true);
    RecordingObserver<ExplainStreamResponse> answers = new RecordingObserver<>();
    StreamObserver<ExplainStreamRequest> requests = stream(tls(first, client), answers);
    requests.onNext(frame(1));
    answers.await(1);

    Files.writeString(folder.resolve("clients"), stranger.certificate());
    protection.check();

    assertThat(models(tls(first, stranger))).isEqualTo(1);
    assertRefused(tls(first, client));
    requests.onNext(frame(2));
    requests.onCompleted();
    answers.awaitCompletion();
    assertThat(answers.await(2)).hasSize(2);

    Files.writeString(folder.resolve("clients"), "nobody");
    try (LogCapture log = LogCapture.of(WatchedFiles.class)) {
      protection.check();
      assertThat(log.lines())
          .singleElement()
          .asString()
          .startsWith("WARN The authorities of clients");
    }
    assertThat(models(tls(first, stranger))).isEqualTo(1);
  }

  /** TLS would let it resume its session, without a look at its certificate, for a day. */
  @Test
  void aClientWhoseAuthorityIsGoneMakesNoMoreCallsByItsConnectionOrSession() throws Exception {
    start(true);
    ManagedChannel channel = connect(tls(first, client));
    assertThat(outcome(channel)).isEqualTo(Status.Code.OK);

    Files.writeString(folder.resolve("clients"), stranger.certificate());
    protection.check();

    assertThat(outcome(channel)).isEqualTo(Status.Code.UNAUTHENTICATED);
    channel.enterIdle();
    assertThat(outcome(channel)).isIn(Status.Code.UNAUTHENTICATED, Status.Code.UNAVAILABLE);
  }

  private static Status.Code outcome(ManagedChannel channel) {
    try {
      ModelServiceGrpc.newBlockingStub(channel).listModels(ListModelsRequest.getDefaultInstance());
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  @Test
  void aServerDoesNotStartWithFilesThatItCannotUse() throws IOException {
    put(expired);
    assertThatThrownBy(() -> Protection.of(config(false), "127.0.0.1"))
        .hasMessageContaining(folder.resolve("certificate") + " expired on ");
    put(new Identity(first.certificate(), second.key()));
    assertThatThrownBy(() -> Protection.of(config(false), "127.0.0.1"))
        .hasMessageContaining("is not the key of");
    Files.delete(folder.resolve("key"));
    assertThatThrownBy(() -> Protection.of(config(false), "127.0.0.1"))
        .hasMessage("there is no file " + folder.resolve("key"));
    put(first);
    Files.writeString(folder.resolve("clients"), "");
    assertThatThrownBy(() -> Protection.of(config(true), "127.0.0.1"))
        .hasMessageContaining("clients holds no certificate");
  }

  @Test
  void connectionThatDoesNotComeToAnEndWithTlsIsClosedAndItsPlaceIsFreeAgain() throws Exception {
    start(
        false,
        ServerSettings.LOOPBACK.bounded(
            ServerSettings.LOOPBACK.maxMessageBytes(),
            ConnectionLimits.DEFAULT
                .of(1, 8)
                .within(Duration.ofMillis(500), Duration.ofMinutes(1), Duration.ofMinutes(1))));
    for (int i = 0; i < 2; i++) {
      try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        silent.setSoTimeout(20_000);
        // The head of a TLS record whose rest never comes.
        silent.getOutputStream().write(new byte[] {22, 3, 1, 2, 0});
        assertThat(ended(silent)).isTrue();
      }
    }
    try (Socket stranger = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      stranger.setSoTimeout(20_000);
      stranger
          .getOutputStream()
          .write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(ended(stranger)).isTrue();
    }
    // The place is free a moment after the client has seen the end.
    assertThat(
            ModelServiceGrpc.newBlockingStub(connect(tls(first, null)))
                .withWaitForReady()
                .withDeadlineAfter(30, TimeUnit.SECONDS)
                .listModels(ListModelsRequest.getDefaultInstance())
                .getModelsCount())
        .isEqualTo(1);
  }

  /** Waits until the server has closed the connection. */
  private static boolean ended(Socket socket) throws IOException {
    try {
      while (socket.getInputStream().read() >= 0) {}
      return true;
    } catch (SocketException reset) {
      return true;
    }
  }
}
