package dev.sightline.server.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sightline.server.LogCapture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokensFileTest {
  @TempDir Path folder;
  private final AtomicLong time = new AtomicLong();

  private Path write(String yaml) throws IOException {
    return Files.writeString(folder.resolve("tokens.yaml"), yaml);
  }

  private TokensFile read(String yaml) throws IOException {
    return TokensFile.read(write(yaml), time::get);
  }

  static String sha256(String token) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static String client(String name, String token, String more) {
    return "  %s:\n    token-sha256: %s\n%s".formatted(name, sha256(token), more);
  }

  @Test
  void theHashIsTheOneThatSha256sumPrints() {
    // printf %s test | sha256sum
    assertThat(sha256("test"))
        .isEqualTo("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
  }

  @Test
  void aClientIsWhoHasItsToken() throws IOException {
    TokensFile file =
        read(
            "clients:\n"
                + client(
                    "camera-7",
                    "one",
                    "    models: [a, b]\n    images-per-second: 30\n    weight: 2\n")
                + client("desk", "two", "    may-change-models: true\n    models: a\n")
                + client("all", "three", ""));

    Client camera = file.withToken("one").flatMap(Grant::client).orElseThrow();
    assertThat(camera.name()).isEqualTo("camera-7");
    assertThat(camera.mayUse("a") && camera.mayUse("b") && !camera.mayUse("c")).isTrue();
    assertThat(camera.rate().perSecond()).isEqualTo(30);
    assertThat(camera.weight()).isEqualTo(2);
    assertThat(camera.mayChangeModels()).isFalse();
    Client desk = file.withToken("two").flatMap(Grant::client).orElseThrow();
    assertThat(desk.mayChangeModels() && desk.mayUse("a") && !desk.mayUse("b")).isTrue();
    Client all = file.withToken("three").flatMap(Grant::client).orElseThrow();
    assertThat(all.mayUse("anything")).isTrue();
    assertThat(all.rate().perSecond()).isZero();
    assertThat(all.weight()).isEqualTo(1);
  }

  @Test
  void whoHasNoneIsNobody() throws IOException {
    TokensFile file = read("clients:\n" + client("a", "one", ""));
    assertThat(file.withToken("")).isEmpty();
    assertThat(file.withToken("On")).isEmpty();
    assertThat(file.withToken("one ")).isEmpty();
    assertThat(file.withToken(sha256("one"))).isEmpty();
  }

  @Test
  void aClientMayHaveTwoTokensWhileOneReplacesTheOther() throws IOException {
    TokensFile file =
        read(
            "clients:\n  a:\n    token-sha256: [%s, %s]\n".formatted(sha256("old"), sha256("new")));
    Grant old = file.withToken("old").orElseThrow();
    assertThat(file.withToken("new").flatMap(Grant::client)).isEqualTo(old.client());

    write("clients:\n" + client("a", "new", ""));
    file.check();

    assertThat(old.client()).isEmpty();
    assertThat(file.withToken("old")).isEmpty();
    assertThat(file.withToken("new")).isPresent();
  }

  @Test
  void whatAClientMayChangesWhileItsCallsAreOpen() throws IOException {
    TokensFile file = read("clients:\n" + client("a", "one", "    models: [x]\n"));
    Grant grant = file.withToken("one").orElseThrow();

    write("clients:\n" + client("a", "one", "    models: [y]\n"));
    file.check();

    assertThat(grant.client().orElseThrow().mayUse("x")).isFalse();
    assertThat(grant.client().orElseThrow().mayUse("y")).isTrue();
  }

  @Test
  void aFileThatIsReadAgainForgivesNoImages() throws IOException {
    TokensFile file = read("clients:\n" + client("a", "one", "    images-per-second: 1\n"));
    Grant grant = file.withToken("one").orElseThrow();
    assertThat(grant.client().orElseThrow().rate().take()).isZero();

    write("# rewritten\nclients:\n" + client("a", "one", "    images-per-second: 1\n"));
    file.check();
    assertThat(grant.client().orElseThrow().rate().take()).isPositive();

    time.addAndGet(TimeUnit.SECONDS.toNanos(1));
    assertThat(grant.client().orElseThrow().rate().take()).isZero();
    write("clients:\n" + client("a", "one", "    images-per-second: 2\n"));
    file.check();
    assertThat(grant.client().orElseThrow().rate().take()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "clients:\n  a:\n    token-sha256: s3cr3t-token\n",
        "clients:\n  a:\n    token-sha256: [HASH, s3cr3t-token]\n",
        "clients:\n  a:\n    token-sha256: HASH\n    images-per-second: s3cr3t-token\n",
        "clients:\n  a:\n    token-sha256: HASH\n    images-per-second: 0\n",
        "clients:\n  a:\n    token-sha256: HASH\n    images-per-second: 1.5\n",
        "clients:\n  a:\n    token-sha256: HASH\n    weight: s3cr3t-token\n",
        "clients:\n  a:\n    token-sha256: HASH\n    weight: 0\n",
        "clients:\n  a:\n    token-sha256: HASH\n    weight: 101\n",
        "clients:\n  a:\n    token-sha256: HASH\n    weight: 1.5\n",
        "clients:\n  a:\n    token-sha256: HASH\n    may-change-models: s3cr3t-token\n",
        "clients:\n  a:\n    token-sha256: HASH\n    models: [{s3cr3t-token: 1}]\n",
        "clients:\n  a:\n    token-sha256: HASH\n    modells: [s3cr3t-token]\n",
        "clients:\n  a:\n    token-sha256: HASH\n  b:\n    token-sha256: HASH\n",
        "clients:\n  a:\n    token-sha256: HASH\n  a:\n    token-sha256: HASH\n",
        "clients:\n  a: s3cr3t-token\n",
        "clients:\n  a:\n    models: []\n",
        "clients: {}\n",
        "clients:\n",
        "",
        "just words, s3cr3t-token",
        "clients:\n  a:\n    token-sha256: 's3cr3t-token\n",
        "clients:\n  a:\n\ttoken-sha256: s3cr3t-token\n",
        "other: s3cr3t-token\nclients:\n  a:\n    token-sha256: HASH\n",
      })
  void anUnfitFileIsNamedWithoutAWordOfItsValues(String yaml) {
    Throwable complaint = catchThrowable(() -> read(yaml.replace("HASH", sha256("one"))));
    assertThat(complaint)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(folder.resolve("tokens.yaml") + ": ")
        .hasMessageNotContaining("s3cr3t")
        .hasMessageNotContaining(sha256("one"))
        .hasNoCause();
  }

  @Test
  void anUnfitFileLeavesTheClientsAsTheyWereAndIsTold() throws IOException {
    TokensFile file = read("clients:\n" + client("a", "one", ""));
    try (LogCapture log = LogCapture.of(WatchedFiles.class)) {
      write("clients:\n" + client("a", "one", "    typo: s3cr3t-token\n"));
      file.check();
      assertThat(log.lines())
          .singleElement()
          .asString()
          .startsWith("WARN The tokens file changed, but what was read before stays in force")
          .contains("client a", "typo")
          .doesNotContain("s3cr3t");
    }
    assertThat(file.withToken("one").flatMap(Grant::client)).isPresent();
  }
}
