package dev.sightline.server.model;

/** A layer that a model does not have, or cannot explain; the message lists those that it can. */
public final class UnknownLayerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says why, without a full stop at the end. */
  public UnknownLayerException(String message) {
    super(message);
  }

  UnknownLayerException(String message, Throwable cause) {
    super(message, cause);
  }
}
