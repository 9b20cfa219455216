package dev.sightline.server.benchmark;

import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.HeatmapWriter;
import dev.sightline.heatmap.Photo;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Method;
import dev.sightline.v1.Scaling;
import dev.sightline.v1.Upsampling;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A grid of 7 x 7 written in each encoding, planes with 224 x 224 pixels, overlays with theirs. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Encoding {
  private static final int CELLS = 7;
  private static final int SIDE = 224;

  @Param({
    "ENCODING_GRID_FLOAT16",
    "ENCODING_GRID_FLOAT32",
    "ENCODING_GREY_PNG",
    "ENCODING_GREY_ZSTD",
    "ENCODING_FLOAT32_ZSTD",
    "ENCODING_OVERLAY_PNG",
    "ENCODING_OVERLAY_JPEG",
    "ENCODING_OVERLAY_WEBP"
  })
  public dev.sightline.v1.Encoding encoding = dev.sightline.v1.Encoding.ENCODING_UNSPECIFIED;

  private final Photo photo = Pictures.frame().resized(SIDE, SIDE);
  private final Grid grid = grid();
  private final Kernel kernel =
      Kernel.newBuilder()
          .setUpsampling(Upsampling.UPSAMPLING_BILINEAR)
          .setInputWidth(SIDE)
          .setInputHeight(SIDE)
          .build();

  private static Grid grid() {
    Random random = new Random(1);
    float[] values = new float[CELLS * CELLS];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return new Grid(CELLS, CELLS, values);
  }

  @Benchmark
  public Heatmap write() {
    Heatmap.Builder heatmap =
        Heatmap.newBuilder().setMethod(Method.METHOD_GRAD_CAM).setKernel(kernel);
    HeatmapWriter.write(
        grid, SIDE, SIDE, encoding, Scaling.SCALING_NORMALISED, photo, null, heatmap);
    return heatmap.build();
  }
}
