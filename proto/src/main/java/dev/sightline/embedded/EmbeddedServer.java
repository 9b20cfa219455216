package dev.sightline.embedded;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Consumer;

/**
 * A server that can be started inside this process, on loopback and behind a real socket.
 *
 * <p>An implementation is found by {@link ServiceLoader}, so it has a public constructor without
 * arguments and is named in {@code META-INF/services/dev.sightline.embedded.EmbeddedServer}.
 */
public interface EmbeddedServer {

  /**
   * Starts the server on a free port of the loopback interface and returns once it answers calls.
   * Models that are asked for and missing are fetched first, where the server knows how.
   *
   * @param log takes progress, one line a call, without line ends; called on this thread only
   * @throws IOException when a model cannot be had or loaded, or the port cannot be opened; the
   *     message is fit to be shown to a person
   */
  Running start(Request request, Consumer<String> log) throws IOException;

  /** The implementation on the class path, if there is one. */
  static Optional<EmbeddedServer> find() {
    return ServiceLoader.load(EmbeddedServer.class).findFirst();
  }

  /**
   * What the caller needs.
   *
   * @param models the names of the models that it will ask for; empty means the server's default
   */
  record Request(List<String> models) {
    public Request {
      models = List.copyOf(models);
    }
  }

  /** A server that is up. Closing it finishes the calls in progress and frees its memory. */
  interface Running extends AutoCloseable {

    /** Where it listens, as {@code host:port}. */
    String address();

    /** Stops it; a second call does nothing. */
    @Override
    void close();
  }
}
