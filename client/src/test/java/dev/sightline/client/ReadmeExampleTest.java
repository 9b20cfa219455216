package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeExampleTest {
  @TempDir Path folder;

  @Test
  void writesWhatItSays() throws IOException {
    Path photo = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    try (FakeServer server = FakeServer.onLoopback()) {
      ReadmeExample.run(server.address(), photo, folder);
    }
    for (String name :
        new String[] {
          "grad-cam of tabby.png",
          "extended-cam of tabby.png",
          "grad-cam of tiger cat.png",
          "extended-cam of tiger cat.png"
        }) {
      assertThat(ImageIO.read(folder.resolve(name).toFile()).getWidth()).isEqualTo(30);
    }
  }

  @Test
  void standsInTheReadmeWordForWord() throws IOException {
    // Maven runs tests in the module's folder.
    String source =
        Files.readString(Path.of("src/test/java/dev/sightline/client/ReadmeExample.java"));
    String marked =
        source.substring(
            source.indexOf("// README begins") + "// README begins\n".length(),
            source.indexOf("    // README ends"));
    String example = marked.stripTrailing().stripIndent();
    assertThat(example.lines().count()).isLessThanOrEqualTo(15);
    assertThat(Files.readString(Path.of("../README.md"))).contains("```java\n" + example + "\n```");
  }
}
