package dev.sightline.server.model.convert;

/** Rows and columns of padding around a map. */
record Padding(int top, int left, int bottom, int right) {
  static final Padding NONE = new Padding(0, 0, 0, 0);

  Padding {
    if (top < 0 || left < 0 || bottom < 0 || right < 0) {
      throw new ConversionException(
          "negative padding %d, %d, %d, %d".formatted(top, left, bottom, right));
    }
  }

  /** This padding and another around it. */
  Padding plus(Padding other) {
    return new Padding(
        top + other.top, left + other.left, bottom + other.bottom, right + other.right);
  }
}
