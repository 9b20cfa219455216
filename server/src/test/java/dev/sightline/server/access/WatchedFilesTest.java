package dev.sightline.server.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.server.LogCapture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedFilesTest {
  @TempDir Path folder;
  private final List<String> taken = new ArrayList<>();
  private Path left;
  private Path right;

  @BeforeEach
  void write() throws IOException {
    left = Files.writeString(folder.resolve("left"), "a");
    right = Files.writeString(folder.resolve("right"), "b");
  }

  private WatchedFiles read() {
    return WatchedFiles.read("The pair", List.of(left, right), this::take);
  }

  private void take(List<byte[]> contents) {
    String both = new String(contents.get(0), UTF_8) + new String(contents.get(1), UTF_8);
    if (both.contains("!")) {
      throw new IllegalArgumentException("they are unfit");
    }
    taken.add(both);
  }

  @Test
  void theyAreTakenOnceForEveryChange() throws IOException {
    WatchedFiles files = read();
    files.check();
    Files.writeString(right, "c");
    files.check();
    files.check();

    assertThat(taken).containsExactly("ab", "ac");
  }

  @Test
  void bytesThatMoveFromOneFileToTheOtherAreAChange() throws IOException {
    WatchedFiles files = read();
    Files.writeString(left, "ab");
    Files.writeString(right, "");
    files.check();

    assertThat(taken).containsExactly("ab", "ab");
  }

  @Test
  void whatIsUnfitIsToldOnceAndWhatComesAfterItIsTaken() throws IOException {
    WatchedFiles files = read();
    try (LogCapture log = LogCapture.of(WatchedFiles.class)) {
      Files.writeString(left, "!");
      files.check();
      files.check();
      assertThat(log.lines())
          .containsExactly(
              "WARN The pair changed, but what was read before stays in force: they are unfit");
      Files.writeString(left, "a");
      files.check();
    }
    assertThat(taken).containsExactly("ab", "ab");
  }

  @Test
  void aFileThatIsGoneForAMomentChangesNothing() throws IOException {
    WatchedFiles files = read();
    try (LogCapture log = LogCapture.of(WatchedFiles.class)) {
      Files.delete(left);
      files.check();
      files.check();
      assertThat(log.lines()).singleElement().asString().contains("there is no file " + left);
    }
    Files.writeString(left, "new");
    files.check();
    assertThat(taken).containsExactly("ab", "newb");
  }

  /** As Kubernetes changes a mounted secret: the name stays a link, and what it leads to moves. */
  @Test
  void aLinkThatLeadsElsewhereIsAChange() throws IOException {
    Path before = Files.createDirectory(folder.resolve("before"));
    Path after = Files.createDirectory(folder.resolve("after"));
    Files.writeString(before.resolve("left"), "1");
    Files.writeString(after.resolve("left"), "2");
    Path data = Files.createSymbolicLink(folder.resolve("data"), before);
    left = Files.createSymbolicLink(folder.resolve("linked"), Path.of("data", "left"));
    WatchedFiles files = read();

    Path next = Files.createSymbolicLink(folder.resolve("next"), after);
    Files.move(next, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    files.check();

    assertThat(taken).containsExactly("1b", "2b");
  }

  @Test
  void filesThatCannotBeReadAtTheStartAreNamed() throws IOException {
    Files.delete(right);
    assertThatThrownBy(this::read).hasMessage("there is no file " + right);
    Files.write(right, new byte[(1 << 20) + 1]);
    assertThatThrownBy(this::read)
        .hasMessageContaining(right.toString())
        .hasMessageContaining("megabyte");
  }
}
