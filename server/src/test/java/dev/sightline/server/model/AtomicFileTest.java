package dev.sightline.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  @Test
  void fileTakesThePlaceOfTheOneBeforeAndNothingElseIsLeft() throws IOException {
    Path file = folder.resolve("new/file");
    write(file, "first");
    write(file, "second");
    assertThat(file).hasContent("second");
    assertThat(file.resolveSibling("").toFile().list()).containsExactly("file");
  }

  @Test
  void whatCannotBeWrittenToItsEndLeavesTheFileThatThereWas() throws IOException {
    Path file = folder.resolve("file");
    write(file, "first");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write(1);
                      throw new IOException("the disk is full");
                    }))
        .hasMessage("the disk is full");
    assertThat(file).hasContent("first");
    assertThat(folder.toFile().list()).containsExactly("file");
  }

  private static void write(Path file, String text) throws IOException {
    AtomicFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }
}
