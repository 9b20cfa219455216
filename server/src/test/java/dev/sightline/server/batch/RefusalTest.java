package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.v1.Reason;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefusalTest {

  /** Half of a character would be logged with a stack when it is written. */
  @ParameterizedTest
  @ValueSource(strings = {"", "x"})
  void textsAreCutBetweenCharacters(String start) {
    String text = start + "\ud83d\ude00".repeat(2000);

    Refusal refusal = new Refusal(Reason.REASON_UNKNOWN_MODEL, text, Map.of("model", text));

    assertThat(refusal.message()).hasSizeBetween(1999, 2000).endsWith("\ude00…");
    assertThat(refusal.metadata().get("model")).hasSizeBetween(199, 200).endsWith("\ude00…");
  }
}
