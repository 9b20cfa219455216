package dev.sightline.server.model.convert;

/** A network that cannot be converted; the message says what is wrong with it, in one sentence. */
public final class ConversionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what cannot be converted, and why. */
  public ConversionException(String message) {
    super(message);
  }

  /** Says what cannot be converted, and why. */
  public ConversionException(String message, Throwable cause) {
    super(message, cause);
  }
}
