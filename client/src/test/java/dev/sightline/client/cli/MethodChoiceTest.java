package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.Layer;
import dev.sightline.client.Method;
import dev.sightline.client.Model;
import dev.sightline.client.ModelSummary;
import java.util.List;
import org.junit.jupiter.api.Test;

class MethodChoiceTest {
  private static final List<Method> GIVEN = List.of(Method.GRAD_CAM, Method.EXTENDED_CAM);

  @Test
  void allLeavesOutTheMethodWhoseGaussianNobodyKnows() {
    assertThat(MethodChoice.all(model(0), List.of(), false, false))
        .containsExactly(Method.GRAD_CAM);
    assertThat(MethodChoice.all(model(0), List.of("last"), false, false))
        .containsExactly(Method.GRAD_CAM);
    assertThat(MethodChoice.all(model(0), List.of(), false, true)).isEqualTo(GIVEN);
    assertThat(MethodChoice.all(model(30), List.of(), false, false)).isEqualTo(GIVEN);
  }

  private static Model model(float sigma) {
    Layer layer = new Layer("last", "TorchScript", 8, 7, 7, GIVEN, sigma, sigma);
    return new Model(
        new ModelSummary("net", "a net", true, 2),
        3,
        224,
        224,
        "as it is",
        List.of("cat", "dog"),
        List.of(layer),
        "last",
        "PyTorch",
        List.of());
  }
}
