package dev.sightline.server.batch;

import dev.sightline.v1.Reason;
import java.util.Map;

/** Options that cannot be met, or an image that cannot be used. */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Refusal refusal;

  /** Refuses for the reason given. */
  public RefusedException(Refusal refusal) {
    super(refusal.message());
    this.refusal = refusal;
  }

  RefusedException(Reason reason, String message, Map<String, String> metadata) {
    this(new Refusal(reason, message, metadata));
  }

  /** Refuses the value of an option. */
  static RefusedException option(String option, String message) {
    return new RefusedException(Reason.REASON_INVALID_OPTION, message, Map.of("option", option));
  }

  /** Why. */
  public Refusal refusal() {
    return refusal;
  }
}
