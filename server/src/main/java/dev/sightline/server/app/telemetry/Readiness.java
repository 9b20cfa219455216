package dev.sightline.server.app.telemetry;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether a server should be sent calls: not before its models are warm, and not while it drains.
 * Thread-safe.
 */
public final class Readiness {

  /** What the server, or one of its models, is at. */
  public enum State {
    /** Loading and warming up. */
    STARTING,
    /** Answering calls. */
    SERVING,
    /** Answering what it accepted, and accepting no more. */
    DRAINING;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Both at one moment.
   *
   * @param state the server's
   * @param models each model's, by its name
   */
  record Snapshot(State state, Map<String, State> models) {
    boolean ready() {
      return state == State.SERVING;
    }
  }

  private final Map<String, State> models = new TreeMap<>();
  private State state = State.STARTING;

  /** A server that is starting. */
  public Readiness() {}

  /** The server comes to a state; from draining there is no way back. */
  public synchronized void is(State newState) {
    if (state != State.DRAINING) {
      state = newState;
    }
  }

  /** A model comes to a state. */
  public synchronized void model(String name, State newState) {
    models.put(name, newState);
  }

  synchronized Snapshot now() {
    return new Snapshot(state, Map.copyOf(models));
  }
}
