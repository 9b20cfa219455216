package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Prediction;
import org.junit.jupiter.api.Test;

class ExplanationTest {
  private static final Image IMAGE = Image.tensor(1, 1, 1, new float[1]);

  @Test
  void aMapThatThisClientDoesNotKnowBreaksTheProtocol() {
    assertRefused(
        dev.sightline.v1.Explanation.newBuilder()
            .addPredictions(Prediction.getDefaultInstance())
            .addHeatmaps(Heatmap.newBuilder().setMethodValue(99)),
        "the server's answer cannot be understood: this client does not know the method"
            + " UNRECOGNIZED");
  }

  @Test
  void anExplanationWithoutPredictionsBreaksTheProtocol() {
    assertRefused(
        dev.sightline.v1.Explanation.newBuilder(), "the server's answer has no predictions");
  }

  @Test
  void aTimeBeyondAllTimesBreaksTheProtocol() {
    dev.sightline.v1.Explanation.Builder wire =
        dev.sightline.v1.Explanation.newBuilder().addPredictions(Prediction.getDefaultInstance());
    wire.getTimingBuilder().getQueueBuilder().setSeconds(Long.MAX_VALUE).setNanos(1_000_000_000);

    assertRefused(wire, "the server's answer holds a time beyond all times");
    assertThatThrownBy(() -> Unexplained.of(wire.build(), 1))
        .isInstanceOf(SightlineException.class);
  }

  private static void assertRefused(dev.sightline.v1.Explanation.Builder wire, String sentence) {
    assertThatThrownBy(() -> Explanation.of(wire.build(), 1, IMAGE))
        .isInstanceOf(SightlineException.class)
        .hasMessage(sentence)
        .returns(Reason.PROTOCOL, e -> ((SightlineException) e).reason());
  }
}
