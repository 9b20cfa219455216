package dev.sightline.server.graph;

/**
 * A graph that cannot be read, cut or differentiated as asked. The message names the file, node,
 * operator or layer at fault and what would be valid instead, so it may be shown to a caller as it
 * is.
 */
public final class GraphException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String message;

  /** Made with a message for people. */
  public GraphException(String message) {
    super(message);
    this.message = message;
  }

  /** Made with a message for people and what led to it. */
  public GraphException(String message, Throwable cause) {
    super(message, cause);
    this.message = message;
  }

  @Override
  public String getMessage() {
    return message;
  }
}
