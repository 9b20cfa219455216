package dev.sightline.client.load;

/** How frames are sent. */
public enum CallKind {
  /** Live streams, in which the newest frame wins. */
  LIVE,
  /** Image batches without end, which lose nothing. */
  BATCH,
  /** Single images, a call each. */
  UNARY
}
