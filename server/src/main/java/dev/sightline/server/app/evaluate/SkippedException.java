package dev.sightline.server.app.evaluate;

/** An image that cannot be measured; the message says why. */
final class SkippedException extends Exception {
  private static final long serialVersionUID = 1L;

  SkippedException(String message) {
    super(message);
  }
}
