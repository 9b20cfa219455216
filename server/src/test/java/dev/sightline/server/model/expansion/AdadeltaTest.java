package dev.sightline.server.model.expansion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AdadeltaTest {
  @Test
  void firstStepsAreThoseOfThePaper() {
    Adadelta adadelta = Adadelta.of(1);
    float[] parameter = {1};
    adadelta.move(parameter, new float[] {2}, 1);
    double square = 0.05 * 4;
    double first = -Math.sqrt(1e-6 / (square + 1e-6)) * 2;
    assertThat((double) parameter[0]).isCloseTo(1 + first, within(1e-7));
    adadelta.move(parameter, new float[] {-1}, 0.5);
    square = 0.95 * square + 0.05;
    double second = Math.sqrt((0.05 * first * first + 1e-6) / (square + 1e-6));
    assertThat((double) parameter[0]).isCloseTo(1 + first + second / 2, within(1e-7));
    assertThat((double) adadelta.squares()[0]).isCloseTo(square, within(1e-7));
    assertThat((double) adadelta.steps()[0])
        .isCloseTo(0.95 * 0.05 * first * first + 0.05 * second * second, within(1e-10));
  }

  @Test
  void parametersOfVeryDifferentSlopesReachTheirMinimaTogether() {
    float[] slopes = {1e-2f, 1, 1e2f};
    float[] parameters = {1, -1, 1};
    Adadelta adadelta = Adadelta.of(3);
    for (int step = 0; step < 2000; step++) {
      float[] gradient = new float[3];
      for (int i = 0; i < 3; i++) {
        gradient[i] = slopes[i] * parameters[i];
      }
      adadelta.move(parameters, gradient, 1);
    }
    assertThat(parameters).containsExactly(new float[] {0, 0, 0}, within(0.02f));
  }
}
