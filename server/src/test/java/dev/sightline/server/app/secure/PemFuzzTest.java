package dev.sightline.server.app.secure;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever stands in a PEM file. */
class PemFuzzTest {
  private static final Path FILE = Path.of("server.pem");

  @TempDir static Path folder;

  static Stream<byte[]> files() {
    Identity identity = Identity.make(folder, "server");
    return Stream.of(identity.certificate(), identity.key())
        .map(pem -> pem.getBytes(StandardCharsets.US_ASCII));
  }

  @MethodSource("files")
  @FuzzTest
  void aFileIsReadOrRefused(byte[] file) {
    refusedOrNot(() -> Pem.certificates(FILE, file));
    refusedOrNot(() -> Pem.key(FILE, file));
  }

  private static void refusedOrNot(Runnable reading) {
    try {
      reading.run();
    } catch (IllegalArgumentException e) {
      // The one that is declared.
    }
  }
}
