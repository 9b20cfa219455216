package dev.sightline.server.model.field;

import dev.sightline.server.model.ModelException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.RealVector;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresBuilder;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LevenbergMarquardtOptimizer;
import org.hipparchus.optim.nonlinear.vector.leastsquares.MultivariateJacobianFunction;
import org.hipparchus.util.Pair;

/**
 * The Gaussian that is nearest to an influence by least squares. Only pixels of the image count, so
 * nothing is said of what its border cuts off; and of these only such as are no holes, which have
 * no influence at all while others around them do (the "microscopic holes" of Kim et al. 2020).
 *
 * @param gaussian the Gaussian
 * @param rSquared the share of the influence's variance over its pixels that the Gaussian explains:
 *     1 is all of it, 0 no more than their mean does
 * @param chance the share of that variance that is there because of these images and not others,
 *     which no smooth curve can explain; 0 if there was only one image
 * @param holes the number of pixels that were left out
 * @param rSquaredWithHoles what the same Gaussian explains with the holes' zeros among the pixels
 */
public record GaussianFit(
    Gaussian gaussian, double rSquared, double chance, int holes, double rSquaredWithHoles) {
  private static final int PARAMETERS = 5;
  private static final int MOST_STEPS = 1000;

  /** A Gaussian that is wider than so many images is as good as flat, and its σ arbitrary. */
  private static final double WIDEST = 2;

  /**
   * Fits amplitude, centre, σx and σy.
   *
   * @throws ModelException if too few pixels have an influence to fit anything, or if there is no
   *     Gaussian, as for an influence that is about the same everywhere
   */
  public static GaussianFit of(Influence influence) {
    long seen = influence.pixels().filter(i -> influence.values()[i] > 0).count();
    if (seen <= PARAMETERS) {
      throw new ModelException(
          "no Gaussian fits: %d pixels have an influence on the centre cell".formatted(seen));
    }
    int[] holes = influence.holes();
    int[] pixels = influence.pixels().filter(i -> Arrays.binarySearch(holes, i) < 0).toArray();
    Gaussian gaussian = nearest(influence, pixels);
    if (!(gaussian.sigmaX() < WIDEST * influence.width()
        && gaussian.sigmaY() < WIDEST * influence.height())) {
      throw new ModelException(
          "no Gaussian fits: the influence on the centre cell does not fall off within the image");
    }
    double variance = variance(influence, pixels);
    double noise = IntStream.of(pixels).mapToDouble(i -> influence.variances()[i]).sum();
    return new GaussianFit(
        gaussian,
        rSquared(gaussian, influence, pixels),
        Math.min(1, noise / variance),
        holes.length,
        rSquared(gaussian, influence, influence.pixels().toArray()));
  }

  /**
   * What R² is expected to be of so many images that nothing is chance any more: R² over the share
   * that is no chance, at most 1.
   */
  public double rSquaredBeyondChance() {
    return chance < 1 ? Math.min(1, rSquared / (1 - chance)) : 0;
  }

  private static Gaussian nearest(Influence influence, int[] pixels) {
    double scale = influence.max();
    double[] target =
        IntStream.of(pixels).mapToDouble(i -> influence.values()[i] / scale).toArray();
    try {
      RealVector found =
          new LevenbergMarquardtOptimizer()
              .optimize(
                  new LeastSquaresBuilder()
                      .model(new Model(influence, pixels))
                      .target(target)
                      .start(start(influence))
                      .maxEvaluations(MOST_STEPS)
                      .maxIterations(MOST_STEPS)
                      .build())
              .getPoint();
      return gaussian(found.toArray(), scale);
    } catch (MathRuntimeException e) {
      throw new ModelException("no Gaussian fits: " + e.getMessage(), e);
    }
  }

  /**
   * The Gaussian of the influence's own mean and variance, amplitude 1. σ enters by its logarithm,
   * which keeps it positive.
   */
  private static double[] start(Influence influence) {
    double total = Arrays.stream(influence.values()).sum();
    double[] start = {1, 0, 0, 0, 0};
    double[] squares = new double[2];
    for (int i = 0; i < influence.values().length; i++) {
      double weight = influence.values()[i] / total;
      double x = influence.x(i);
      double y = influence.y(i);
      start[1] += weight * x;
      start[2] += weight * y;
      squares[0] += weight * x * x;
      squares[1] += weight * y * y;
    }
    for (int axis = 0; axis < 2; axis++) {
      double variance = squares[axis] - start[1 + axis] * start[1 + axis];
      start[3 + axis] = Math.log(Math.max(variance, 1)) / 2;
    }
    return start;
  }

  private static Gaussian gaussian(double[] point, double scale) {
    return new Gaussian(
        point[0] * scale, point[1], point[2], Math.exp(point[3]), Math.exp(point[4]));
  }

  private static double rSquared(Gaussian gaussian, Influence influence, int[] pixels) {
    double left = 0;
    for (int i : pixels) {
      double miss = influence.values()[i] - gaussian.at(influence.x(i), influence.y(i));
      left += miss * miss;
    }
    return 1 - left / variance(influence, pixels);
  }

  /** The sum of squared distances from the mean. */
  private static double variance(Influence influence, int[] pixels) {
    double mean = IntStream.of(pixels).mapToDouble(i -> influence.values()[i]).average().orElse(0);
    return IntStream.of(pixels)
        .mapToDouble(i -> influence.values()[i] - mean)
        .map(distance -> distance * distance)
        .sum();
  }

  /** Amplitude, centre and the logarithms of σ to the values of pixels, and their derivatives. */
  private record Model(Influence influence, int[] pixels) implements MultivariateJacobianFunction {
    @Override
    public Pair<RealVector, RealMatrix> value(RealVector point) {
      Gaussian gaussian = gaussian(point.toArray(), 1);
      double[] values = new double[pixels.length];
      double[][] slopes = new double[pixels.length][PARAMETERS];
      for (int i = 0; i < values.length; i++) {
        double u = (influence.x(pixels[i]) - gaussian.centreX()) / gaussian.sigmaX();
        double v = (influence.y(pixels[i]) - gaussian.centreY()) / gaussian.sigmaY();
        double shape = Math.exp(-(u * u + v * v) / 2);
        values[i] = gaussian.amplitude() * shape;
        slopes[i][0] = shape;
        slopes[i][1] = values[i] * u / gaussian.sigmaX();
        slopes[i][2] = values[i] * v / gaussian.sigmaY();
        slopes[i][3] = values[i] * u * u;
        slopes[i][4] = values[i] * v * v;
      }
      return new Pair<>(
          new ArrayRealVector(values, false), new Array2DRowRealMatrix(slopes, false));
    }
  }
}
