package dev.sightline.client;

/** Why an image has no explanation. */
public enum Outcome {
  /**
   * Its picture is that of an earlier frame of the live stream, as near as {@link
   * Options.Builder#skipUnchanged} asks; the explanation of {@link Unexplained#unchangedSince}
   * holds.
   */
  UNCHANGED,
  /** A newer frame of the same live stream took its place, at the server or here. */
  SUPERSEDED,
  /** It was older than {@link Options.Builder#maxAge} when its batch formed. */
  STALE,
  /** The server had no room for it. Send fewer, or later. */
  OVERLOADED,
  /** The image cannot be used. Sending it again gives the same answer. */
  INVALID_IMAGE,
  /** The options cannot be met. */
  INVALID_OPTIONS,
  /** The call was cancelled first. */
  CANCELLED,
  /** The server is going away; send it elsewhere. */
  DRAINING,
  /** The server failed. Sending it again may help. */
  INTERNAL,
  /** The connection broke, or the stream ended, before its answer came. */
  LOST;

  static Outcome of(dev.sightline.v1.Outcome wire) {
    return switch (wire) {
      case OUTCOME_UNCHANGED -> UNCHANGED;
      case OUTCOME_SUPERSEDED -> SUPERSEDED;
      case OUTCOME_STALE -> STALE;
      case OUTCOME_OVERLOADED -> OVERLOADED;
      case OUTCOME_INVALID_IMAGE -> INVALID_IMAGE;
      case OUTCOME_INVALID_OPTIONS -> INVALID_OPTIONS;
      case OUTCOME_CANCELLED -> CANCELLED;
      case OUTCOME_DRAINING -> DRAINING;
      case OUTCOME_INTERNAL, OUTCOME_EXPLAINED, OUTCOME_UNSPECIFIED, UNRECOGNIZED -> INTERNAL;
    };
  }
}
