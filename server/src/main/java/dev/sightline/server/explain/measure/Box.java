package dev.sightline.server.explain.measure;

import java.util.Optional;

/**
 * A rectangle between pixel edges: a pixel of column x and row y is the box (x, y, x + 1, y + 1).
 *
 * @param left the left edge
 * @param top the upper edge
 * @param right the right edge, larger than the left one
 * @param bottom the lower edge, larger than the upper one
 */
public record Box(double left, double top, double right, double bottom) {

  /** Checks that it is finite and has an area. */
  public Box {
    if (!(left < right && top < bottom)
        || !Double.isFinite(left + top)
        || !Double.isFinite(right + bottom)) {
      throw new IllegalArgumentException(
          "a box from (%s, %s) to (%s, %s) has no area".formatted(left, top, right, bottom));
    }
  }

  /** Its area in pixels. */
  public double area() {
    return (right - left) * (bottom - top);
  }

  /** What both cover. */
  public Optional<Box> intersection(Box other) {
    double newLeft = Math.max(left, other.left);
    double newTop = Math.max(top, other.top);
    double newRight = Math.min(right, other.right);
    double newBottom = Math.min(bottom, other.bottom);
    return newLeft < newRight && newTop < newBottom
        ? Optional.of(new Box(newLeft, newTop, newRight, newBottom))
        : Optional.empty();
  }

  /** Intersection over union, from 0 for boxes apart to 1 for equal ones. */
  public double iou(Box other) {
    double common = intersection(other).map(Box::area).orElse(0.0);
    return common / (area() + other.area() - common);
  }

  /** Whether the centre of a pixel lies in it. */
  public boolean containsPixel(int column, int row) {
    return column + 0.5 > left && column + 0.5 < right && row + 0.5 > top && row + 0.5 < bottom;
  }
}
