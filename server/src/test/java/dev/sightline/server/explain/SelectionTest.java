package dev.sightline.server.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.server.explain.Neurons.Cell;
import dev.sightline.v1.Method;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Feature maps and neurons that are looked at alone. */
class SelectionTest {
  static Stream<Method> ofLayer() {
    return MethodsTest.ofLayer();
  }

  private static CamMethod map(Method method) {
    return ((FromEvidence) Methods.of(method).orElseThrow()).map();
  }

  private static Evidence sampled(RandomEvidence random, RandomEvidence noisy) {
    Evidence e = random.evidence();
    Moments moments = new Moments(e.channels() * e.cells());
    moments.add(noisy.evidence().gradient(), noisy.evidence().gradientOffset());
    return e.with(moments);
  }

  /** The tensors of a selection, copied out by loops of their own, as evidence of their own. */
  private static Evidence copied(
      RandomEvidence random, RandomEvidence noisy, int from, int to, boolean[] kept) {
    Evidence source = random.evidence();
    int width = source.width();
    int size = (to - from) * source.cells();
    float[][] copies = new float[3][size];
    double[][][] activation = random.activation();
    double[][][] gradient = random.gradient();
    double[][][] noise = noisy.gradient();
    int at = 0;
    for (int k = from; k < to; k++) {
      for (int i = 0; i < source.height(); i++) {
        for (int j = 0; j < width; j++) {
          if (kept[i * width + j]) {
            copies[0][at] = (float) activation[k][i][j];
            copies[1][at] = (float) gradient[k][i][j];
            copies[2][at] = (float) noise[k][i][j];
          }
          at++;
        }
      }
    }
    Moments moments = new Moments(size);
    moments.add(copies[2], 0);
    return new Evidence(copies[0], 0, copies[1], 0, to - from, source.height(), width, moments);
  }

  @ParameterizedTest
  @MethodSource("ofLayer")
  void oneFeatureMapIsTheMethodOfThatChannelAlone(Method method) {
    RandomEvidence random = new RandomEvidence(5, 3, 4, 8);
    RandomEvidence noisy = new RandomEvidence(5, 3, 4, 9);
    boolean[] all = Neurons.region(3, 4, new Cell(0, 0), new Cell(2, 3));
    for (int k = 0; k < 5; k++) {
      float[] map = map(method).map(sampled(random, noisy).channel(k));
      float[] expected = map(method).map(copied(random, noisy, k, k + 1, all));
      assertThat(map).hasSize(12).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("ofLayer")
  void neuronsOutsideOfASelectionAreZeroAndCountInZ(Method method) {
    RandomEvidence random = new RandomEvidence(6, 4, 5, 3);
    RandomEvidence noisy = new RandomEvidence(6, 4, 5, 4);
    boolean[] kept = Neurons.region(4, 5, new Cell(1, 1), new Cell(2, 4));
    float[] map = map(method).map(sampled(random, noisy).within(kept));
    assertThat(map).isEqualTo(map(method).map(copied(random, noisy, 0, 6, kept)));
    if (method != Method.METHOD_EIGEN_CAM && method != Method.METHOD_EIGEN_GRAD_CAM) {
      for (int i = 0; i < 20; i++) {
        assertThat(kept[i] || map[i] == 0).isTrue();
      }
      assertThat(map).isNotEqualTo(new float[20]);
    }
  }

  @Test
  void theMeanOfGradCamIsOverTheWholeGrid() {
    float[] activation = {2, 3, 5, 7};
    float[] gradient = {1, 1, 8, 8};
    Evidence e = new Evidence(activation, 0, gradient, 0, 1, 2, 2);
    boolean[] topRow = {true, true, false, false};
    assertThat(new GradCam().map(e.within(topRow))).containsExactly(1, 1.5f, 0, 0);
  }

  @Test
  void aSelectionLeavesItsSourceAsItWas() {
    RandomEvidence random = new RandomEvidence(3, 2, 2, 5);
    Evidence e = sampled(random, new RandomEvidence(3, 2, 2, 6));
    float[] before = new SmoothGradCamPlusPlus().map(e);
    Evidence nothing = e.within(new boolean[4]).channel(1);
    assertThat(new SmoothGradCamPlusPlus().map(nothing)).containsOnly(0);
    assertThat(new SmoothGradCamPlusPlus().map(e)).isEqualTo(before);
    assertThat(before).isNotEqualTo(new float[4]);
  }

  @Test
  void anActivationWithoutGradientCanBeSelectedFromToo() {
    float[] activation = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    Evidence e = Evidence.withoutGradient(activation, 1, 2, 2, 2);
    assertThat(e.channel(1).activationMap(0).values()).containsExactly(5, 6, 7, 8);
    assertThat(e.within(new boolean[] {true, false, false, true}).activationMap(1).values())
        .containsExactly(5, 0, 0, 8);
    assertThatThrownBy(() -> new GradCam().map(e)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void regionsTakeBothCornersInAnyOrder() {
    boolean[] expected = {
      false, false, false, false, //
      false, true, true, false, //
      false, true, true, false
    };
    assertThat(Neurons.region(3, 4, new Cell(1, 1), new Cell(2, 2))).isEqualTo(expected);
    assertThat(Neurons.region(3, 4, new Cell(2, 1), new Cell(1, 2))).isEqualTo(expected);
    assertThat(Neurons.listed(2, 2, List.of(new Cell(0, 1), new Cell(1, 0), new Cell(0, 1))))
        .containsExactly(false, true, true, false);
  }

  @Test
  void whatLiesOutsideIsRefusedWithTheRange() {
    assertThatThrownBy(() -> Neurons.listed(3, 4, List.of(new Cell(0, 0), new Cell(3, 0))))
        .hasMessage("Cell (3, 0) lies outside of the grid: rows are 0 to 2, columns 0 to 3.");
    assertThatThrownBy(() -> Neurons.region(3, 4, new Cell(0, 0), new Cell(2, -1)))
        .hasMessage("Cell (2, -1) lies outside of the grid: rows are 0 to 2, columns 0 to 3.");
    Evidence e = new RandomEvidence(3, 2, 2, 5).evidence();
    assertThatThrownBy(() -> e.channel(3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> e.within(new boolean[5])).hasMessage("5 flags for a grid of 2 x 2");
  }
}
