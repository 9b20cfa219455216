package dev.sightline.heatmap;

/** A heatmap message does not hold what its encoding promises. */
public final class MalformedHeatmapException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what was found and what it should have been. */
  public MalformedHeatmapException(String message) {
    super(message);
  }

  /** Says what was found and what it should have been, with the reason beneath it. */
  public MalformedHeatmapException(String message, Throwable cause) {
    super(message, cause);
  }
}
