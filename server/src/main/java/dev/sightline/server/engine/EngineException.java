package dev.sightline.server.engine;

/** The inference engine failed to load a network or to run a pass. */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what failed and why. */
  public EngineException(String message, Throwable cause) {
    super(message, cause);
  }
}
