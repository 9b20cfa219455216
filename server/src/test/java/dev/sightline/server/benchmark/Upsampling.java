package dev.sightline.server.benchmark;

import dev.sightline.heatmap.Expansion;
import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.Plane;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Sigma;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A grid of 7 x 7 at the size of a plane, and the sum of Kim et al. 2020, Eq. 4, as it stands. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Upsampling {
  private static final int CELLS = 7;
  private static final float SIGMA = 32;
  private static final int INPUT = 224;

  @Param({"224x224", "640x480"})
  public String plane = "";

  private final Grid grid = grid();
  private final Kernel bilinear = kernel(dev.sightline.v1.Upsampling.UPSAMPLING_BILINEAR);
  private final Kernel gaussian = kernel(dev.sightline.v1.Upsampling.UPSAMPLING_GAUSSIAN);
  private int width;
  private int height;

  @Setup
  public void size() {
    String[] sides = plane.split("x", 2);
    width = Integer.parseInt(sides[0]);
    height = Integer.parseInt(sides[1]);
  }

  private static Grid grid() {
    Random random = new Random(1);
    float[] values = new float[CELLS * CELLS];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return new Grid(CELLS, CELLS, values);
  }

  private static Kernel kernel(dev.sightline.v1.Upsampling upsampling) {
    return Kernel.newBuilder()
        .setUpsampling(upsampling)
        .setInputWidth(INPUT)
        .setInputHeight(INPUT)
        .setSigma(Sigma.newBuilder().setX(SIGMA).setY(SIGMA))
        .build();
  }

  @Benchmark
  public Plane gaussian() {
    return Expansion.expand(grid, gaussian, width, height);
  }

  @Benchmark
  public Plane bilinear() {
    return Expansion.expand(grid, bilinear, width, height);
  }

  @Benchmark
  public float[] gaussianAsTheSumStands() {
    double sigmaX = (double) SIGMA * width / INPUT;
    double sigmaY = (double) SIGMA * height / INPUT;
    float[] sums = new float[height * width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double sum = 0;
        for (int i = 0; i < CELLS; i++) {
          for (int j = 0; j < CELLS; j++) {
            double dx = x + 0.5 - (j + 0.5) * width / CELLS;
            double dy = y + 0.5 - (i + 0.5) * height / CELLS;
            sum +=
                Math.exp(-dx * dx / (2 * sigmaX * sigmaX) - dy * dy / (2 * sigmaY * sigmaY))
                    * grid.at(i, j);
          }
        }
        sums[y * width + x] = (float) sum;
      }
    }
    return sums;
  }
}
