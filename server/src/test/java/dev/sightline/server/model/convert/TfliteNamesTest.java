package dev.sightline.server.model.convert;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TfliteNamesTest {
  @Test
  void onlyTheStepsThatTellTensorsApartAreKept() {
    assertThat(
            TfliteNames.shorten(
                List.of(
                    "M/M/Conv2d_0/Relu6",
                    "M/block_1/expand/Relu6",
                    "M/block_2/expand/Relu6",
                    "M/block_2/add;M/block_2/expand/Relu6"),
                Set.of()))
        .isEqualTo(
            Map.of(
                "M/M/Conv2d_0/Relu6", "Conv2d_0",
                "M/block_1/expand/Relu6", "block_1/expand",
                "M/block_2/expand/Relu6", "block_2/expand",
                "M/block_2/add;M/block_2/expand/Relu6", "block_2"));
  }

  @Test
  void namesAreDistinctAndNeverReserved() {
    Map<String, String> names =
        TfliteNames.shorten(
            List.of("a/b", "a/b/Relu", "c/logits", "input"), Set.of("logits", "input"));
    assertThat(names.values()).doesNotHaveDuplicates().doesNotContain("logits", "input");
    assertThat(names).hasSize(4);
  }
}
