package dev.sightline.server.model.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sightline.server.model.ModelException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A shell script plays npm: it is given the arguments "pack NAME --pack-destination FOLDER ...".
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class NpmTest {
  private final Path folder;

  NpmTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void tarballIsWhatNpmPutsIntoTheFolder() {
    Npm npm = script("test \"$1 $2 $3\" = 'pack tiny@1.0.0 --pack-destination' && : > $4/t.tgz");
    assertThat(npm.fetch("tiny@1.0.0", folder, line -> {})).isEqualTo(folder.resolve("t.tgz"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "npm error code ENOTFOUND | npm cannot reach its registry to fetch tiny@1.0.0; is this"
            + " machine offline?",
        "npm ERR! code E404 | npm's registry does not have tiny@1.0.0",
        "npm error disk is full | npm cannot fetch tiny@1.0.0: disk is full",
        "'' | npm cannot fetch tiny@1.0.0: it gave no reason"
      })
  void whatNpmComplainsAboutBecomesOneSentence(String complaint, String message) {
    assertRefused(script("echo '%s' >&2; exit 1".formatted(complaint)), message);
  }

  @Test
  void missingTarballIsTold() {
    assertRefused(script("exit 0"), "npm fetched no tarball of tiny@1.0.0");
  }

  @Test
  void missingClientIsTold() {
    assertRefused(
        new Npm(List.of(folder.resolve("no-npm").toString())),
        "the npm client cannot be started; install npm (Node.js) and try again");
  }

  private static Npm script(String script) {
    return new Npm(List.of("sh", "-c", script, "npm"));
  }

  private void assertRefused(Npm npm, String message) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> npm.fetch("tiny@1.0.0", folder, line -> {}))
        .withMessage(message);
  }
}
