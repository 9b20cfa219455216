package dev.sightline.heatmap;

/** The bytes are not a whole image file of a format that is read here. */
public final class MalformedPhotoException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what was found and what it should have been. */
  public MalformedPhotoException(String message) {
    super(message);
  }
}
