package dev.sightline.heatmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Sigma;
import dev.sightline.v1.Upsampling;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpansionTest {
  private static final Kernel BILINEAR =
      Kernel.newBuilder().setUpsampling(Upsampling.UPSAMPLING_BILINEAR).build();

  @ParameterizedTest(name = "{0}x{1} to {2}x{3}")
  @CsvSource({
    "1, 1, 1, 1",
    "1, 1, 5, 3",
    "1, 4, 9, 2",
    "7, 7, 224, 224",
    "7, 7, 480, 640",
    "14, 9, 333, 127",
    "14, 14, 14, 14",
    "28, 28, 10, 7",
    "3, 5, 1, 1",
    "56, 2, 99, 301"
  })
  void bothKernelsAreTheirEquations(int h, int w, int height, int width) {
    Grid grid = random(h, w, -1, 1, h * 31 + w);
    assertSame(Expansion.expand(grid, BILINEAR, width, height), naiveBilinear(grid, width, height));
    for (float sigma : new float[] {0.7f, 6, 31.78f, 500}) {
      Kernel kernel = gaussian(sigma, 1.05f * sigma, 224, 192);
      assertSame(
          Expansion.expand(grid, kernel, width, height),
          naiveGaussian(grid, kernel, width, height));
    }
  }

  @Test
  void largeOffsetsAndTinyValuesKeepTheirPrecision() {
    for (Grid grid : List.of(random(7, 7, 0.9f, 1, 5), random(7, 7, -1e-9f, 2e-9f, 6))) {
      assertSame(Expansion.expand(grid, BILINEAR, 224, 224), naiveBilinear(grid, 224, 224));
      Kernel kernel = gaussian(33, 31, 224, 224);
      assertSame(Expansion.expand(grid, kernel, 320, 240), naiveGaussian(grid, kernel, 320, 240));
    }
  }

  @Test
  void aGaussianOfOneCellIsOneAtItsCentreAndFallsAsEquation4Says() {
    Grid grid = new Grid(1, 1, new float[] {2});
    Plane plane = Expansion.expand(grid, gaussian(1, 2, 3, 3), 3, 3);
    assertThat(plane.at(1, 1)).isEqualTo(2);
    assertThat(plane.at(1, 2)).isCloseTo((float) (2 * Math.exp(-0.5)), within(1e-7f));
    assertThat(plane.at(0, 1)).isCloseTo((float) (2 * Math.exp(-0.125)), within(1e-7f));
  }

  @Test
  void sigmaScalesWithThePlane() {
    Grid grid = random(7, 7, 0, 1, 3);
    Plane small = Expansion.expand(grid, gaussian(30, 30, 224, 224), 75, 75);
    Plane large = Expansion.expand(grid, gaussian(30, 30, 224, 224), 225, 225);
    // The centre of every pixel of the small plane is the centre of one of the large plane.
    for (int y = 0; y < 75; y++) {
      for (int x = 0; x < 75; x++) {
        assertThat(large.at(3 * y + 1, 3 * x + 1)).isCloseTo(small.at(y, x), within(1e-6f));
      }
    }
  }

  @Test
  void aMapKeepsItsValuesInItsOwnSizeBilinearly() {
    Grid grid = random(13, 8, -3, 5, 9);
    assertThat(Expansion.expand(grid, BILINEAR, 8, 13).values()).containsExactly(grid.values());
  }

  @Test
  void aTallGridTakesMemoryForItsPlaneAlone() {
    Grid tall = random(8192, 1, -1, 1, 2);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    Plane plane = Expansion.expand(tall, BILINEAR, 8192, 16);
    assertThat(plane.at(3, 8000)).isEqualTo(plane.at(3, 0));
    // The plane has half a mebibyte; all rows widened to it would have 512.
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(16 << 20);
  }

  @Test
  void manyThreadsGetTheSamePlane() {
    Grid grid = random(7, 7, -1, 1, 11);
    Kernel kernel = gaussian(17.5f, 18.5f, 224, 224);
    List<float[]> planes =
        IntStream.range(0, 64)
            .parallel()
            .mapToObj(i -> Expansion.expand(grid, kernel, 101 + i % 2, 77).values())
            .toList();
    for (int i = 2; i < planes.size(); i++) {
      assertThat(planes.get(i)).containsExactly(planes.get(i % 2));
    }
  }

  @Test
  void theCacheOfKernelsIsBoundedInNumberAndSize() {
    KernelCache cache = new KernelCache();
    AxisKernel first = cache.gaussian(7, 100, 3);
    assertThat(cache.gaussian(7, 100, 3)).isSameAs(first);
    for (int pixels = 1; pixels <= 1000; pixels++) {
      cache.bilinear(7, pixels);
    }
    assertThat(cache.size()).isBetween(1, 200);
    assertThat(cache.gaussian(7, 100, 3)).isNotSameAs(first);
    AxisKernel large = cache.gaussian(500, 8000, 4000);
    assertThat(cache.gaussian(500, 8000, 4000)).isNotSameAs(large);
  }

  @Test
  void argumentsOutOfRangeAreRefused() {
    Grid grid = random(2, 2, 0, 1, 1);
    assertThatThrownBy(() -> Expansion.expand(grid, BILINEAR, 0, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("width 0; it must be 1 to 8192");
    assertThatThrownBy(() -> Expansion.expand(grid, BILINEAR, 5, 8193))
        .hasMessageContaining("height 8193");
    assertThatThrownBy(() -> Expansion.expand(grid, Kernel.getDefaultInstance(), 5, 5))
        .hasMessageContaining("bilinear or Gaussian");
    for (float sigma : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> Expansion.expand(grid, gaussian(sigma, 1, 224, 224), 5, 5))
          .hasMessageContaining("sigma.x");
    }
    assertThatThrownBy(() -> Expansion.expand(grid, gaussian(1, 1, 224, 0), 5, 5))
        .hasMessageContaining("input of 0 pixels");
    Grid wide = new Grid(1, 1025, new float[1025]);
    assertThatThrownBy(() -> Expansion.expand(wide, gaussian(1, 1, 224, 224), 5, 5))
        .hasMessageContaining("1024");
  }

  static Kernel gaussian(float sigmaX, float sigmaY, int inputWidth, int inputHeight) {
    return Kernel.newBuilder()
        .setUpsampling(Upsampling.UPSAMPLING_GAUSSIAN)
        .setSigma(Sigma.newBuilder().setX(sigmaX).setY(sigmaY))
        .setInputWidth(inputWidth)
        .setInputHeight(inputHeight)
        .build();
  }

  static Grid random(int h, int w, float min, float max, long seed) {
    Random random = new Random(seed);
    float[] values = new float[h * w];
    for (int i = 0; i < values.length; i++) {
      values[i] = min + random.nextFloat() * (max - min);
    }
    return new Grid(h, w, values);
  }

  private static void assertSame(Plane plane, double[][] expected) {
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    double worst = 0;
    for (int y = 0; y < plane.height(); y++) {
      for (int x = 0; x < plane.width(); x++) {
        min = Math.min(min, expected[y][x]);
        max = Math.max(max, expected[y][x]);
        worst = Math.max(worst, Math.abs(plane.at(y, x) - expected[y][x]));
      }
    }
    // No float32 number can be nearer than half the distance to its neighbour.
    double rounding = Math.ulp((float) Math.max(Math.abs(min), Math.abs(max))) / 2;
    assertThat(worst).isLessThanOrEqualTo(Math.max(1e-6 * (max - min), 1.001 * rounding));
  }

  private static double[][] naiveBilinear(Grid grid, int width, int height) {
    double[][] plane = new double[height][width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double row = clamp((y + 0.5) * grid.height() / height - 0.5, grid.height() - 1);
        double column = clamp((x + 0.5) * grid.width() / width - 0.5, grid.width() - 1);
        for (int i = 0; i < grid.height(); i++) {
          for (int j = 0; j < grid.width(); j++) {
            plane[y][x] +=
                Math.max(0, 1 - Math.abs(row - i))
                    * Math.max(0, 1 - Math.abs(column - j))
                    * grid.at(i, j);
          }
        }
      }
    }
    return plane;
  }

  private static double[][] naiveGaussian(Grid grid, Kernel kernel, int width, int height) {
    double sx = (double) kernel.getSigma().getX() * width / kernel.getInputWidth();
    double sy = (double) kernel.getSigma().getY() * height / kernel.getInputHeight();
    double[][] plane = new double[height][width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int i = 0; i < grid.height(); i++) {
          for (int j = 0; j < grid.width(); j++) {
            double dx = x + 0.5 - (j + 0.5) * width / grid.width();
            double dy = y + 0.5 - (i + 0.5) * height / grid.height();
            plane[y][x] +=
                Math.exp(-dx * dx / (2 * sx * sx) - dy * dy / (2 * sy * sy)) * grid.at(i, j);
          }
        }
      }
    }
    return plane;
  }

  private static double clamp(double value, double max) {
    return Math.max(0, Math.min(max, value));
  }
}
