package dev.sightline.client;

/**
 * A rectangle of an image, in pixels from its upper left corner.
 *
 * @param x the left edge
 * @param y the upper edge
 */
public record Region(float x, float y, float width, float height) {
  static Region of(dev.sightline.v1.Region wire) {
    return new Region(wire.getX(), wire.getY(), wire.getWidth(), wire.getHeight());
  }
}
