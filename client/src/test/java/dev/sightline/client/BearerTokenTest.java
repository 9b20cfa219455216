package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.v1.ExplanationServiceGrpc;
import io.grpc.Attributes;
import io.grpc.CallCredentials.MetadataApplier;
import io.grpc.CallCredentials.RequestInfo;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.SecurityLevel;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BearerTokenTest {
  private final Applied applied = new Applied();

  private void send(BearerToken token, SecurityLevel level, String address) throws IOException {
    InetAddress host = InetAddress.getByName(address);
    token.applyRequestMetadata(
        new Call(level, new InetSocketAddress(host, 8484)), Runnable::run, applied);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, PRIVACY_AND_INTEGRITY, false, true",
    "192.0.2.1, INTEGRITY, false, false",
    "192.0.2.1, NONE, false, false",
    "192.0.2.1, NONE, true, true",
    "127.0.0.1, NONE, false, true",
    "::1, NONE, false, true",
  })
  void itTravelsOnlyWhereNobodyElseReadsIt(
      String address, SecurityLevel level, boolean overPlaintext, boolean sent) throws IOException {
    send(new BearerToken(() -> "s3cr3t", overPlaintext), level, address);

    assertThat(applied.authorization).isEqualTo(sent ? "Bearer s3cr3t" : null);
    if (!sent) {
      assertThat(applied.failure.getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(applied.failure.getDescription())
          .contains("not encrypted")
          .doesNotContain("s3cr3t");
    }
  }

  @Test
  void itsFileIsReadForEachCall(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("token"), "one\n");
    BearerToken token = new BearerToken(BearerToken.file(file), false);
    send(token, SecurityLevel.NONE, "127.0.0.1");
    assertThat(applied.authorization).isEqualTo("Bearer one");
    Files.writeString(file, "two");
    send(token, SecurityLevel.NONE, "127.0.0.1");
    assertThat(applied.authorization).isEqualTo("Bearer two");
    Files.delete(file);
    send(token, SecurityLevel.NONE, "127.0.0.1");
    assertThat(applied.failure.getDescription()).contains("cannot be read", file.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "two s3cr3t words", "s3cr3t\nlines", "s3cr3té"})
  void whatIsNoTokenIsNotSentAndNotShown(String text) throws IOException {
    send(new BearerToken(() -> text, false), SecurityLevel.NONE, "127.0.0.1");
    assertThat(applied.authorization).isNull();
    assertThat(applied.failure.getDescription())
        .contains("one word of ASCII")
        .doesNotContain("s3cr3t");
  }

  private static final class Applied extends MetadataApplier {
    private @Nullable String authorization;
    private Status failure = Status.OK;

    @Override
    public void apply(Metadata headers) {
      authorization =
          headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER));
    }

    @Override
    public void fail(Status status) {
      failure = status;
    }
  }

  private static final class Call extends RequestInfo {
    private final SecurityLevel level;
    private final SocketAddress server;

    Call(SecurityLevel level, SocketAddress server) {
      this.level = level;
      this.server = server;
    }

    @Override
    public MethodDescriptor<?, ?> getMethodDescriptor() {
      return ExplanationServiceGrpc.getExplainMethod();
    }

    @Override
    public SecurityLevel getSecurityLevel() {
      return level;
    }

    @Override
    public String getAuthority() {
      return "server";
    }

    @Override
    public Attributes getTransportAttrs() {
      return Attributes.newBuilder().set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, server).build();
    }
  }
}
