package dev.sightline.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever stands in a tokens file. */
class TokensFuzzTest {
  private static final Path FILE = Path.of("tokens.yaml");

  static Stream<byte[]> files() {
    String hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    String text =
        """
        clients:
          gate:
            token-sha256: "%s"
            models: [mobilenet-v1]
            images-per-second: 30
          desk:
            token-sha256: ["%s"]
            may-change-models: true
        """;
    return Stream.of(text.formatted(hash, hash.replace('9', '8')).getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("files")
  @FuzzTest
  void aFileIsReadOrRefused(byte[] file) {
    try {
      Tokens unused = TokensReader.read(FILE, file, new Tokens(List.of()), System::nanoTime);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageStartingWith(FILE + ": ");
    }
  }
}
