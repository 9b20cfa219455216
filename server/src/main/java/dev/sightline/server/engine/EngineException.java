package dev.sightline.server.engine;

/** The inference engine failed to load a network or to run a pass. */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong. */
  public EngineException(String message) {
    super(message);
  }

  /** Says what failed and why. */
  public EngineException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The message of what failed first, which engines wrap in many layers. */
  static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }
}
