package dev.sightline.server.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.v1.Method;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MethodsTest {
  /** Channels, height, width. */
  private static final List<int[]> SHAPES =
      List.of(new int[] {1, 1, 1}, new int[] {3, 2, 5}, new int[] {64, 7, 7}, new int[] {9, 14, 9});

  private static final Set<Method> SIGNED =
      EnumSet.of(Method.METHOD_CAM, Method.METHOD_EXTENDED_CAM);

  static Stream<Method> known() {
    return Stream.of(Method.values()).filter(method -> Methods.of(method).isPresent());
  }

  @ParameterizedTest
  @MethodSource("known")
  void everyMethodIsItsEquation(Method method) {
    for (int[] shape : SHAPES) {
      for (int seed = 0; seed < 20; seed++) {
        RandomEvidence random = new RandomEvidence(shape[0], shape[1], shape[2], seed);
        double[] expected = NaiveMethods.map(method, random.activation(), random.gradient());
        float[] map = Methods.of(method).orElseThrow().map(random.evidence());
        double size =
            IntStream.range(0, expected.length)
                .mapToDouble(i -> Math.abs(expected[i]))
                .max()
                .orElseThrow();
        for (int i = 0; i < map.length; i++) {
          assertThat((double) map[i])
              .as("%s of %s, seed %d, cell %d", method, random.evidence(), seed, i)
              .isCloseTo(expected[i], within(1e-6 * size));
        }
        assertThat(map).hasSize(shape[1] * shape[2]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("known")
  void onlySignedMethodsGoBelowZero(Method method) {
    float lowest = 0;
    for (int seed = 0; seed < 20; seed++) {
      RandomEvidence random = new RandomEvidence(8, 5, 5, seed);
      for (float value : Methods.of(method).orElseThrow().map(random.evidence())) {
        lowest = Math.min(lowest, value);
      }
    }
    if (SIGNED.contains(method)) {
      assertThat(lowest).isNegative();
    } else {
      assertThat(lowest).isZero();
    }
  }

  @Test
  void behindPoolingAndOneLinearLayerCamIsGradCamTimesZBeforeItsRelu() {
    RandomEvidence random = new RandomEvidence(16, 7, 7, 5);
    Evidence pooled = random.withGradientConstantOverEachChannel();
    float[] cam = Methods.of(Method.METHOD_CAM).orElseThrow().map(pooled);
    float[] gradCam = Methods.of(Method.METHOD_GRAD_CAM).orElseThrow().map(pooled);
    float[] hiRes = Methods.of(Method.METHOD_HI_RES_CAM).orElseThrow().map(pooled);
    for (int i = 0; i < cam.length; i++) {
      assertThat(gradCam[i] * 49).isCloseTo(Math.max(cam[i], 0), within(1e-4f));
      // Where the gradient is constant, weighting before or after pooling is the same.
      assertThat(hiRes[i]).isCloseTo(gradCam[i], within(1e-5f));
    }
    float[] sorted = cam.clone();
    Arrays.sort(sorted);
    assertThat(sorted[0]).isNegative();
    assertThat(sorted[48]).isPositive();
  }

  @Test
  void hiResCamIsTheReluOfExtendedCam() {
    Evidence evidence = new RandomEvidence(16, 7, 9, 4).evidence();
    float[] extended = Methods.of(Method.METHOD_EXTENDED_CAM).orElseThrow().map(evidence);
    float[] hiRes = Methods.of(Method.METHOD_HI_RES_CAM).orElseThrow().map(evidence);
    for (int i = 0; i < hiRes.length; i++) {
      assertThat(hiRes[i]).isEqualTo(Math.max(extended[i], 0));
    }
  }

  @Test
  void gradCamPlusPlusLeavesOutADenominatorOfZero() {
    // g = 1 and ΣA = -2 make 2 g² + ΣA g³ zero; the other channel must still count.
    float[] activation = {-1, -1, 3, 5};
    float[] gradient = {1, 1, 1, 0};
    Evidence evidence = new Evidence(activation, 0, gradient, 0, 2, 1, 2);
    float[] map = Methods.of(Method.METHOD_GRAD_CAM_PLUS_PLUS).orElseThrow().map(evidence);
    assertThat(map).containsExactly(3 / 10f, 5 / 10f);
  }

  @Test
  void xGradCamLeavesOutChannelsThatSumToZero() {
    float[] activation = {-1, 1, 2, 2};
    float[] gradient = {5, 7, 1, 3};
    Evidence evidence = new Evidence(activation, 0, gradient, 0, 2, 1, 2);
    assertThat(Methods.of(Method.METHOD_XGRAD_CAM).orElseThrow().map(evidence))
        .containsExactly(4, 4);
  }

  @ParameterizedTest
  @MethodSource("known")
  void nanShowsInTheMap(Method method) {
    Evidence badActivation = new RandomEvidence(4, 3, 3, 1).evidence();
    badActivation.activation()[badActivation.activationAt(2) + 4] = Float.NaN;
    assertThat(Methods.of(method).orElseThrow().map(badActivation)).contains(Float.NaN);
    Evidence badGradient = new RandomEvidence(4, 3, 3, 1).evidence();
    badGradient.gradient()[badGradient.gradientAt(2) + 4] = Float.NaN;
    assertThat(Methods.of(method).orElseThrow().map(badGradient)).contains(Float.NaN);
  }

  @Test
  void onlyCamNeedsPoolingAndOneLinearLayer() {
    for (Method method : Method.values()) {
      assertThat(Methods.needsPoolingAndLinear(method)).isEqualTo(method == Method.METHOD_CAM);
    }
    assertThat(Methods.of(Method.METHOD_UNSPECIFIED)).isEmpty();
    assertThat(Methods.of(Method.UNRECOGNIZED)).isEmpty();
  }

  @Test
  void evidenceOutsideItsArraysIsRefused() {
    float[] values = new float[10];
    assertThatThrownBy(() -> new Evidence(values, 0, values, 5, 2, 1, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new Evidence(values, -1, values, 0, 1, 1, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new Evidence(values, 0, values, 0, 0, 1, 3))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
