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
      EnumSet.of(
          Method.METHOD_CAM,
          Method.METHOD_EXTENDED_CAM,
          Method.METHOD_EIGEN_CAM,
          Method.METHOD_EIGEN_GRAD_CAM);

  /** The two that are no sums over channels, cell by cell; see EigenCamTest. */
  private static final Set<Method> EIGEN =
      EnumSet.of(Method.METHOD_EIGEN_CAM, Method.METHOD_EIGEN_GRAD_CAM);

  static Stream<Method> fromEvidence() {
    return Stream.of(Method.values())
        .filter(method -> Methods.of(method).orElse(null) instanceof FromEvidence);
  }

  static Stream<Method> withEquationPerCell() {
    return fromEvidence().filter(method -> !EIGEN.contains(method));
  }

  static Stream<Method> ofLayer() {
    return fromEvidence().filter(method -> technique(method).gradients() == Gradients.OF_LAYER);
  }

  private static FromEvidence technique(Method method) {
    return (FromEvidence) Methods.of(method).orElseThrow();
  }

  private static CamMethod method(Method method) {
    return technique(method).map();
  }

  @ParameterizedTest
  @MethodSource("withEquationPerCell")
  void everyMethodIsItsEquation(Method method) {
    for (int[] shape : SHAPES) {
      for (int seed = 0; seed < 20; seed++) {
        RandomEvidence random = new RandomEvidence(shape[0], shape[1], shape[2], seed);
        double[] expected =
            technique(method).gradients() == Gradients.OF_LAYER
                ? NaiveMethods.map(method, random.activation(), random.gradient())
                : NaiveMethods.atInput(random.gradient());
        float[] map = method(method).map(random.evidence());
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
  @MethodSource("fromEvidence")
  void onlySignedMethodsGoBelowZero(Method method) {
    float lowest = 0;
    for (int seed = 0; seed < 20; seed++) {
      RandomEvidence random = new RandomEvidence(8, 5, 5, seed);
      for (float value : method(method).map(random.evidence())) {
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
    float[] cam = method(Method.METHOD_CAM).map(pooled);
    float[] gradCam = method(Method.METHOD_GRAD_CAM).map(pooled);
    float[] hiRes = method(Method.METHOD_HI_RES_CAM).map(pooled);
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
    float[] extended = method(Method.METHOD_EXTENDED_CAM).map(evidence);
    float[] hiRes = method(Method.METHOD_HI_RES_CAM).map(evidence);
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
    float[] map = method(Method.METHOD_GRAD_CAM_PLUS_PLUS).map(evidence);
    assertThat(map).containsExactly(3 / 10f, 5 / 10f);
  }

  @Test
  void xGradCamLeavesOutChannelsThatSumToZero() {
    float[] activation = {-1, 1, 2, 2};
    float[] gradient = {5, 7, 1, 3};
    Evidence evidence = new Evidence(activation, 0, gradient, 0, 2, 1, 2);
    assertThat(method(Method.METHOD_XGRAD_CAM).map(evidence)).containsExactly(4, 4);
  }

  @ParameterizedTest
  @MethodSource("ofLayer")
  void nanShowsInTheMap(Method method) {
    Evidence badActivation = new RandomEvidence(4, 3, 3, 1).evidence();
    badActivation.activation()[badActivation.activationAt(2) + 4] = Float.NaN;
    assertThat(method(method).map(badActivation)).contains(Float.NaN);
    Evidence badGradient = new RandomEvidence(4, 3, 3, 1).evidence();
    badGradient.gradient()[badGradient.gradientAt(2) + 4] = Float.NaN;
    if (method != Method.METHOD_EIGEN_CAM) {
      assertThat(method(method).map(badGradient)).contains(Float.NaN);
    }
  }

  @Test
  void nanInTheGradientAtTheInputShowsAtItsPixelAlone() {
    Evidence evidence = new RandomEvidence(3, 4, 4, 1).evidence();
    evidence.gradient()[evidence.gradientAt(1) + 6] = Float.NaN;
    for (Method method :
        List.of(
            Method.METHOD_GRADIENT,
            Method.METHOD_SMOOTH_GRAD,
            Method.METHOD_GUIDED_BACKPROPAGATION,
            Method.METHOD_DECONVNET)) {
      float[] map = method(method).map(evidence);
      for (int i = 0; i < map.length; i++) {
        assertThat(Float.isNaN(map[i])).isEqualTo(i == 6);
      }
    }
  }

  @Test
  void normalisedAlphasOfAChannelSumToOneSoThatAConstantGradientIsItsOwnWeight() {
    float[] activation = {1, 2, 3, 4, 0, 0, 1, 7};
    float[] gradient = {0.5f, 0.5f, 0.5f, 0.5f, -1, -1, -1, -1};
    Evidence evidence = new Evidence(activation, 0, gradient, 0, 2, 2, 2);
    assertThat(method(Method.METHOD_GRAD_CAM_PLUS_PLUS_NORMALISED).map(evidence))
        .containsExactly(0.5f, 1, 1.5f, 2);
  }

  @Test
  void everyMethodOfTheProtocolIsInTheTable() {
    for (Method method : Method.values()) {
      boolean named = method != Method.METHOD_UNSPECIFIED && method != Method.UNRECOGNIZED;
      assertThat(Methods.of(method).isPresent()).as("%s", method).isEqualTo(named);
    }
  }

  @Test
  void theTableSaysWhichPassesAMethodAsksFor() {
    assertThat(technique(Method.METHOD_GRADIENT).gradients()).isEqualTo(Gradients.OF_INPUT);
    assertThat(technique(Method.METHOD_SMOOTH_GRAD).gradients()).isEqualTo(Gradients.OF_INPUT);
    assertThat(technique(Method.METHOD_GUIDED_BACKPROPAGATION).gradients())
        .isEqualTo(Gradients.GUIDED);
    assertThat(technique(Method.METHOD_DECONVNET).gradients()).isEqualTo(Gradients.DECONVNET);
    assertThat(fromEvidence().filter(method -> technique(method).sampled()))
        .containsExactly(Method.METHOD_SMOOTH_GRAD_CAM_PLUS_PLUS, Method.METHOD_SMOOTH_GRAD);
    assertThat(ofLayer()).hasSize(12);
    assertThat(Methods.of(Method.METHOD_GUIDED_GRAD_CAM)).get().isInstanceOf(GuidedCam.class);
    for (Method method :
        List.of(
            Method.METHOD_SCORE_CAM,
            Method.METHOD_ABLATION_CAM,
            Method.METHOD_RECIPRO_CAM,
            Method.METHOD_RISE)) {
      assertThat(Methods.of(method)).get().isInstanceOf(FromPerturbation.class);
    }
  }

  @Test
  void onlyCamNeedsPoolingAndOneLinearLayer() {
    for (Method method : Method.values()) {
      assertThat(Methods.needsPoolingAndLinear(method)).isEqualTo(method == Method.METHOD_CAM);
    }
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
