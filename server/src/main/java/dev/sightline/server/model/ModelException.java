package dev.sightline.server.model;

/** A model that cannot be used; the message names the file and what is wrong, in one sentence. */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says which file is wrong, and what is wrong with it. */
  public ModelException(String message) {
    super(message);
  }

  /** Says which file is wrong, and what is wrong with it. */
  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
