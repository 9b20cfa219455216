package dev.sightline.server.benchmark;

import dev.sightline.server.explain.Evidence;
import dev.sightline.server.explain.FromEvidence;
import dev.sightline.server.explain.Methods;
import dev.sightline.v1.Method;
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

/** The map of a method from activation and gradient, of ResNet-50's last layer or VGG-16's. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Weighting {
  @Param({
    "METHOD_CAM",
    "METHOD_GRAD_CAM",
    "METHOD_GRAD_CAM_PLUS_PLUS",
    "METHOD_EXTENDED_CAM",
    "METHOD_HI_RES_CAM",
    "METHOD_LAYER_CAM",
    "METHOD_XGRAD_CAM"
  })
  public Method method = Method.METHOD_CAM;

  @Param({"2048x7", "512x14"})
  public String layer = "";

  private FromEvidence technique = (FromEvidence) Methods.of(method).orElseThrow();
  private Evidence evidence = evidence(1, 1);

  @Setup
  public void draw() {
    technique = (FromEvidence) Methods.of(method).orElseThrow();
    String[] sides = layer.split("x", 2);
    evidence = evidence(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
  }

  private static Evidence evidence(int channels, int side) {
    Random random = new Random(1);
    float[] activation = new float[channels * side * side];
    float[] gradient = new float[activation.length];
    for (int i = 0; i < activation.length; i++) {
      activation[i] = (float) Math.max(0, random.nextGaussian());
      gradient[i] = (float) random.nextGaussian();
    }
    return new Evidence(activation, 0, gradient, 0, channels, side, side);
  }

  @Benchmark
  public float[] map() {
    return technique.map().map(evidence);
  }
}
