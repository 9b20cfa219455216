package dev.sightline.server.model.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sightline.server.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarballTest {
  private final TarFixture tar = new TarFixture();
  private final Path folder;
  private final Path file;
  private final Path into;

  TarballTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    file = folder.resolve("x.tgz");
    into = Files.createDirectory(folder.resolve("into"));
  }

  @Test
  void onlyWantedFilesAreUnpacked() {
    tar.file("package/a/one.txt", new byte[] {1}).file("package/two.txt", new byte[] {2});
    tar.link("package/unwanted", "/etc/passwd").write(file);

    new Tarball(file, 100).unpack(into, name -> name.equals("package/a/one.txt"));

    assertThat(into.resolve("package/a/one.txt")).hasBinaryContent(new byte[] {1});
    assertThat(into.resolve("package/two.txt")).doesNotExist();
    assertThat(into.resolve("package/unwanted")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../escaped", "package/../../escaped", "/escaped"})
  void nameThatLeadsOutIsRefusedWantedOrNot(String name) {
    tar.file(name, new byte[] {1}).write(file);
    for (boolean wanted : new boolean[] {true, false}) {
      assertRefused(
          100,
          wanted,
          "x.tgz holds '%s', which leads out of its folder; nothing of it is used".formatted(name));
    }
    assertThat(folder.resolve("escaped")).doesNotExist();
  }

  @Test
  void wantedLinkIsRefused() {
    tar.link("package/link", "/etc/passwd").write(file);
    assertRefused(100, true, "x.tgz holds 'package/link', which is no ordinary file");
  }

  @Test
  void moreBytesThanAllowedAreRefused() {
    tar.file("a", new byte[60]).file("b", new byte[60]).write(file);
    assertRefused(100, true, "x.tgz unpacks to more than 100 bytes");
  }

  @Test
  void truncatedTarballIsRefused() throws IOException {
    byte[] noise = new byte[10_000];
    new java.util.Random(1).nextBytes(noise);
    byte[] whole = Files.readAllBytes(tar.file("a", noise).write(file));
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> new Tarball(file, 100_000).unpack(into, name -> true))
        .withMessageStartingWith("x.tgz is damaged or no tarball: ");
  }

  private void assertRefused(long mostBytes, boolean wanted, String message) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> new Tarball(file, mostBytes).unpack(into, name -> wanted))
        .withMessage(message);
  }
}
