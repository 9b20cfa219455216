package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.FakeServer;
import dev.sightline.client.Pictures;
import dev.sightline.embedded.EmbeddedServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionTest {
  private static final List<String> EVENTS = new ArrayList<>();
  private final ClassLoader before = Thread.currentThread().getContextClassLoader();

  @TempDir Path folder;

  @AfterEach
  void restore() {
    Thread.currentThread().setContextClassLoader(before);
    EVENTS.clear();
  }

  @Test
  void withoutAServerOfItsOwnACommandSaysHowToNameOne() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(8, 8));
    assertThat(Cli.run("explain", cat.toString(), "--format", "json"))
        .isEqualTo(
            new Cli(
                1,
                "",
                "sightline: there is no server in this program;"
                    + " name one with --server host:port\n"));
  }

  @Test
  void aServerOnTheClassPathIsStartedForTheCommandAndStoppedAfterIt() throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(EmbeddedServer.class.getName()), Found.class.getName());
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(8, 8));
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
      Thread.currentThread().setContextClassLoader(loader);
      Cli cli = Cli.run("explain", cat.toString(), "--format", "json", "--model", "fake-net");
      assertThat(cli.exit()).isZero();
      assertThat(cli.err()).isEqualTo("pulling fake-net\n");
      assertThat(cli.out()).contains("\"tabby\"");
      assertThat(EVENTS).containsExactly("start [fake-net]", "close");
    }
  }

  @Test
  void whereNoServerListensTheSentenceSaysSo() throws IOException {
    Files.write(folder.resolve("cat.jfif"), Pictures.png(8, 8));
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Cli cli = Cli.run("explain", folder.toString(), "--server", "127.0.0.1:" + port);
    assertThat(cli.exit()).isEqualTo(1);
    assertThat(cli.err())
        .startsWith("sightline: no server answers at 127.0.0.1:" + port)
        .containsIgnoringCase("connection refused")
        .hasLineCount(1);
  }

  /** Found by its name. */
  public static final class Found implements EmbeddedServer {
    @Override
    public Running start(Request request, Consumer<String> log) throws IOException {
      EVENTS.add("start " + request.models());
      log.accept("pulling fake-net");
      FakeServer server = FakeServer.onLoopback();
      return new Running() {
        @Override
        public String address() {
          return server.address();
        }

        @Override
        public void close() {
          EVENTS.add("close");
          server.close();
        }
      };
    }
  }
}
