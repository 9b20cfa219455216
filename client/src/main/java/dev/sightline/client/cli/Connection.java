package dev.sightline.client.cli;

import dev.sightline.client.SightlineClient;
import dev.sightline.embedded.EmbeddedServer;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A client, and the server that was started for it where none was named. */
final class Connection implements AutoCloseable {
  private final String server;
  private final Supplier<SightlineClient.Builder> builder;
  private final SightlineClient client;
  private final EmbeddedServer.@Nullable Running embedded;

  private Connection(
      String server,
      Supplier<SightlineClient.Builder> builder,
      EmbeddedServer.@Nullable Running embedded) {
    this.server = server;
    this.builder = builder;
    this.client = builder.get().build();
    this.embedded = embedded;
  }

  /**
   * Connects to a server, or starts one.
   *
   * @param access which server, and how; one that is not named is started in this process
   * @param model the model that will be asked for; null means the server's default
   * @param log takes what the server says while it starts
   */
  static Connection open(Access access, @Nullable String model, Consumer<String> log)
      throws IOException {
    String server = access.server;
    if (server != null) {
      return new Connection(server, () -> access.builder(server, System.getenv()), null);
    }
    access.requireNothing();
    EmbeddedServer found =
        EmbeddedServer.find()
            .orElseThrow(
                () ->
                    new CommandFailure(
                        "there is no server in this program; name one with --server host:port"));
    List<String> models = model == null ? List.of() : List.of(model);
    EmbeddedServer.Running running = found.start(new EmbeddedServer.Request(models), log);
    return new Connection(
        running.address(), () -> SightlineClient.builder(running.address()), running);
  }

  SightlineClient client() {
    return client;
  }

  /** Starts another client of the same server, which the caller closes. */
  SightlineClient.Builder another() {
    return builder.get();
  }

  /** Where the server is, as messages name it. */
  String server() {
    return server;
  }

  /** Whether the server runs in this process. */
  boolean sharesProcess() {
    return embedded != null;
  }

  @Override
  public void close() {
    client.close();
    if (embedded != null) {
      embedded.close();
    }
  }
}
