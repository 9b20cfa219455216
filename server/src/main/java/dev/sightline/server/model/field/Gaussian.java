package dev.sightline.server.model.field;

/**
 * A Gaussian over the pixels of an image, amplitude · exp(−(x − centreX)²/(2σx²) − (y −
 * centreY)²/(2σy²)). A pixel's own centre is at its column and row + 0.5.
 *
 * @param amplitude its value at its centre
 * @param centreX column of its centre, in pixels; may lie outside of the image
 * @param centreY row of its centre, in pixels; may lie outside of the image
 * @param sigmaX along a row, in pixels; positive
 * @param sigmaY along a column, in pixels; positive
 */
public record Gaussian(
    double amplitude, double centreX, double centreY, double sigmaX, double sigmaY) {

  /** Its value at a point. */
  public double at(double x, double y) {
    double u = (x - centreX) / sigmaX;
    double v = (y - centreY) / sigmaY;
    return amplitude * Math.exp(-(u * u + v * v) / 2);
  }
}
