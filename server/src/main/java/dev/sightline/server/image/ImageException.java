package dev.sightline.server.image;

import dev.sightline.v1.Reason;
import java.util.Map;

/**
 * An image cannot be used. The message says what was found and what is allowed, in words meant for
 * the client.
 */
public final class ImageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final Map<String, String> metadata;

  /** Refuses an image. */
  public ImageException(Reason reason, String message, Map<String, String> metadata) {
    super(message);
    this.reason = reason;
    this.metadata = Map.copyOf(metadata);
  }

  /** The reason, for programs. */
  public Reason reason() {
    return reason;
  }

  /** Facts of the case; every one of them is in the message too. */
  public Map<String, String> metadata() {
    return metadata;
  }
}
