package dev.sightline.server.model.field;

import dev.sightline.server.model.ModelException;
import java.util.function.IntPredicate;
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
 * The Gaussian that is nearest to an influence by least squares over the pixels of the image, so
 * that what the border cuts off counts for nothing.
 *
 * @param gaussian the Gaussian
 * @param rSquared the share of the influence's variance over its pixels that the Gaussian explains:
 *     1 is all of it, 0 no more than their mean does
 */
public record GaussianFit(Gaussian gaussian, double rSquared) {
  private static final int PARAMETERS = 5;
  private static final int MOST_STEPS = 1000;

  /**
   * Fits amplitude, centre, σx and σy.
   *
   * @throws ModelException if nothing has an influence, or if there is no nearest Gaussian, as for
   *     an influence that is the same everywhere
   */
  public static GaussianFit of(Influence influence) {
    return of(influence, pixel -> true);
  }

  /** As {@link #of(Influence)}, over some of the pixels, which are numbered row by row. */
  static GaussianFit of(Influence influence, IntPredicate counts) {
    int[] pixels = IntStream.range(0, influence.values().length).filter(counts).toArray();
    double scale = influence.max();
    if (!(scale > 0)) {
      throw new ModelException("no pixel has an influence on the centre cell");
    }
    RealVector target = new ArrayRealVector(pixels.length);
    for (int i = 0; i < pixels.length; i++) {
      target.setEntry(i, influence.values()[pixels[i]] / scale);
    }
    try {
      RealVector found =
          new LevenbergMarquardtOptimizer()
              .optimize(
                  new LeastSquaresBuilder()
                      .model(new Model(influence, pixels))
                      .target(target)
                      .start(start(influence))
                      .lazyEvaluation(false)
                      .maxEvaluations(MOST_STEPS)
                      .maxIterations(MOST_STEPS)
                      .build())
              .getPoint();
      Gaussian gaussian = gaussian(found.toArray(), scale);
      return new GaussianFit(gaussian, rSquared(gaussian, influence, pixels));
    } catch (MathRuntimeException e) {
      throw new ModelException("no Gaussian fits: " + e.getMessage(), e);
    }
  }

  /**
   * The Gaussian of the influence's own mean and variance, amplitude 1; σ enters by its logarithm,
   * which keeps it positive.
   */
  private static double[] start(Influence influence) {
    double total = 0;
    double[] first = new double[2];
    double[] second = new double[2];
    for (int i = 0; i < influence.values().length; i++) {
      double weight = influence.values()[i];
      double x = influence.x(i);
      double y = influence.y(i);
      total += weight;
      first[0] += weight * x;
      first[1] += weight * y;
      second[0] += weight * x * x;
      second[1] += weight * y * y;
    }
    double[] start = {1, first[0] / total, first[1] / total, 0, 0};
    for (int axis = 0; axis < 2; axis++) {
      double variance = second[axis] / total - start[1 + axis] * start[1 + axis];
      start[3 + axis] = Math.log(Math.max(variance, 1)) / 2;
    }
    return start;
  }

  private static Gaussian gaussian(double[] point, double scale) {
    return new Gaussian(
        point[0] * scale, point[1], point[2], Math.exp(point[3]), Math.exp(point[4]));
  }

  private static double rSquared(Gaussian gaussian, Influence influence, int[] pixels) {
    double mean = IntStream.of(pixels).mapToDouble(i -> influence.values()[i]).average().orElse(0);
    double left = 0;
    double all = 0;
    for (int i : pixels) {
      double value = influence.values()[i];
      double miss = value - gaussian.at(influence.x(i), influence.y(i));
      left += miss * miss;
      all += (value - mean) * (value - mean);
    }
    return 1 - left / all;
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
