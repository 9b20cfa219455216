package dev.sightline.server.graph;

/**
 * How a tensor holds a grid of feature maps.
 *
 * @param order of its axes
 * @param channels number of feature maps, K
 * @param height rows of the grid, h
 * @param width columns of the grid, w
 * @param skipped tokens before the first that has a place, such as a class token
 */
record Place(Order order, int channels, int height, int width, int skipped) {
  /** The order of the axes of a grid of feature maps. */
  enum Order {
    /** N × K × h × w. */
    MAPS,
    /** N × h × w × K. */
    CHANNELS_LAST,
    /** N × K × h·w. */
    ROWS_JOINED,
    /** N × (skipped + h·w) × K. */
    TOKENS
  }

  /** A tensor of four axes as a grid in one of the two orders. */
  static Place of(Order order, Shape shape) {
    boolean last = order == Order.CHANNELS_LAST;
    return new Place(
        order,
        Math.toIntExact(shape.dim(last ? 3 : 1)),
        Math.toIntExact(shape.dim(last ? 1 : 2)),
        Math.toIntExact(shape.dim(last ? 2 : 3)),
        0);
  }

  boolean hasSeveralCells() {
    return height * width > 1;
  }

  Place in(Order other) {
    return new Place(other, channels, height, width, skipped);
  }

  Place withChannels(long other) {
    return new Place(order, Math.toIntExact(other), height, width, skipped);
  }

  Place after(long tokens) {
    return new Place(order, channels, height, width, Math.toIntExact(tokens));
  }

  /** The shape of a tensor that is held so. */
  Shape shape() {
    long cells = (long) height * width;
    return switch (order) {
      case MAPS -> Shape.of(Shape.BATCH, channels, height, width);
      case CHANNELS_LAST -> Shape.of(Shape.BATCH, height, width, channels);
      case ROWS_JOINED -> Shape.of(Shape.BATCH, channels, cells);
      case TOKENS -> Shape.of(Shape.BATCH, skipped + cells, channels);
    };
  }
}
