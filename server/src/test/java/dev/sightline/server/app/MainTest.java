package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What a person sees who types something wrong: a sentence, never a stack. */
class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    CommandLine commandLine = Main.commandLine();
    return commandLine
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void wrongOptionIsOneSentenceAndWhereToLook() {
    assertThat(run("serve", "--port", "x")).isEqualTo(2);
    assertThat(err)
        .hasToString(
            """
            sightline: Invalid value for option '--port': 'x' is not an int
            Try 'sightline serve --help'.
            """);
  }

  @Test
  void wrongValueInTheFileIsOneSentenceToo(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("sightline.yaml"), "port: abc\n");

    assertThat(run("serve", "--config", file.toString())).isEqualTo(2);
    assertThat(err)
        .hasToString(
            """
            sightline: Invalid value for option '--port': 'abc' is not an int
            Try 'sightline serve --help'.
            """);
  }

  @Test
  void hostWithoutAnAddressIsNamed() {
    assertThat(run("serve", "--host", "no such host")).isEqualTo(1);
    assertThat(err).hasToString("sightline: host is no such host, which has no address\n");
  }

  @Test
  void portOfAnotherIsOneSentence(@TempDir Path folder) throws Exception {
    Path model = SmallModel.install(folder, "small");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(
              run(
                  "serve",
                  "--models",
                  model.toString(),
                  "--port",
                  Integer.toString(taken.getLocalPort())))
          .isEqualTo(1);
      assertThat(err.toString().lines())
          .singleElement()
          .asString()
          .startsWith("sightline: Failed to bind to address /127.0.0.1:" + taken.getLocalPort());
    }
  }

  @Test
  void everyCommandKnowsItsVersion() {
    assertThat(run("serve", "--version")).isZero();
    assertThat(out.toString()).startsWith("Sightline ");
  }
}
