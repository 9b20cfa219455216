package dev.sightline.client;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A call or an image failed; the message is a sentence for people. */
public final class SightlineException extends RuntimeException {
  private final Reason reason;
  private final Map<String, String> metadata;

  SightlineException(
      Reason reason, String message, Map<String, String> metadata, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.metadata = Map.copyOf(metadata);
  }

  /** The server did not keep to the protocol. */
  static SightlineException protocol(String message) {
    return new SightlineException(Reason.PROTOCOL, message, Map.of(), null);
  }

  /** The reason, for programs. */
  public Reason reason() {
    return reason;
  }

  /** Facts of the case, such as "layer" → "conv_99"; may be empty. */
  public Map<String, String> metadata() {
    return metadata;
  }
}
