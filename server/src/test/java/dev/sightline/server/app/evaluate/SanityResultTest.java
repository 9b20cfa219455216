package dev.sightline.server.app.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.app.evaluate.SanityResult.Likeness;
import dev.sightline.server.app.evaluate.SanityResult.Stage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SanityResultTest {

  @Test
  void stagesGoFromTheLogitsToAllLayers() {
    assertThat(Sanity.spread(8, 28)).containsExactly(1, 5, 9, 13, 16, 20, 24, 28);
    assertThat(Sanity.spread(3, 3)).containsExactly(1, 2, 3);
    assertThat(Sanity.spread(9, 2)).containsExactly(1, 2);
    assertThat(Sanity.spread(1, 28)).as("the logits alone").containsExactly(1);
  }

  @Test
  void methodIsInsensitiveIfItsMapsOutliveTheFirstOrTheLastStage() {
    SanityResult sanity =
        new SanityResult(
            9,
            List.of("a", "b"),
            List.of(
                stage(1, Map.of("sound", 0.2, "edges", 0.95, "blind", 0.99, "late", 0.5)),
                stage(5, Map.of("sound", 0.95, "edges", 0.5, "blind", 0.98, "late", 0.5)),
                stage(9, Map.of("sound", 0.1, "edges", 0.1, "blind", 0.97, "late", 0.91))));
    assertThat(sanity.insensitive("sound", 0)).isEmpty();
    assertThat(sanity.insensitive("edges", 0)).get().asString().contains("to the class");
    assertThat(sanity.insensitive("blind", 0)).get().asString().contains("no layer has");
    assertThat(sanity.insensitive("late", 0)).get().asString().contains("no layer has");
    SanityResult stopped = new SanityResult(9, sanity.images(), sanity.stages().subList(0, 2));
    assertThat(stopped.insensitive("blind", 0))
        .as("the last stage was not reached")
        .get()
        .asString()
        .contains("to the class");
    assertThat(stopped.insensitive("late", 0)).isEmpty();
  }

  @Test
  void magnitudesThatStayCountAsTheSame() {
    Stage turned = new Stage(1, "logits", Map.of("cam", List.of(new Likeness(-0.97, 0.93))));
    assertThat(new SanityResult(2, List.of("a"), List.of(turned)).insensitive("cam", 0))
        .isPresent();
  }

  private static Stage stage(int last, Map<String, Double> means) {
    Map<String, List<Likeness>> likeness = new HashMap<>();
    means.forEach(
        (method, mean) ->
            likeness.put(
                method, List.of(new Likeness(mean - 0.01, 0), new Likeness(mean + 0.01, 0))));
    return new Stage(last, "layer " + last, likeness);
  }
}
