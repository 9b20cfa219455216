package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sightline.heatmap.Expansion;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Reason;
import dev.sightline.v1.SigmaSource;
import dev.sightline.v1.Upsampling;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepsTest {
  private final PixelModel model = new PixelModel(1);

  private TargetLayer layer(int height) {
    return new TargetLayer(
        "large",
        "Conv",
        1,
        height,
        7,
        false,
        1,
        1,
        SigmaSource.SIGMA_SOURCE_MODEL,
        new Lane("pixel/large", () -> model.last),
        Passage.through(new Lane("pixel/large head", () -> model.last)),
        PixelModel.NOT_REBUILT);
  }

  @Test
  void aGridTooLargeForGaussiansIsRefusedBeforeAnyFrame() throws Exception {
    ExplainOptions gaussian =
        ExplainOptions.newBuilder().setUpsampling(Upsampling.UPSAMPLING_GAUSSIAN).build();

    RefusedException refused =
        catchThrowableOfType(
            RefusedException.class,
            () ->
                Steps.of(
                    gaussian,
                    model.defaultTarget(),
                    List.of(layer(Expansion.MAX_GAUSSIAN_CELLS + 1))));

    assertThat(refused.refusal().reason()).isEqualTo(Reason.REASON_INVALID_OPTION);
    assertThat(refused.refusal().message()).contains("large", "1025 x 7", "bilinear");
    assertThat(
            Steps.of(gaussian, model.defaultTarget(), List.of(layer(Expansion.MAX_GAUSSIAN_CELLS))))
        .hasSize(1);
    assertThat(
            Steps.of(
                gaussian.toBuilder().setUpsampling(Upsampling.UPSAMPLING_BILINEAR).build(),
                model.defaultTarget(),
                List.of(layer(Expansion.MAX_GAUSSIAN_CELLS + 1))))
        .hasSize(1);
  }
}
