package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.sightline.v1.Explanation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private final Ledger ledger = new Ledger(4, 1000);
  private final Map<Long, Outgoing> images = new HashMap<>();
  private final List<Long> taken = new ArrayList<>();

  @Test
  void whatGoesInComesOutOnceInOrder() {
    ledger.superseded(1, 1);
    ledger.sent(image(2, 1, 10));
    ledger.superseded(3, 1);
    ledger.superseded(4, 1);
    ledger.superseded(5, 2);
    ledger.sent(image(6, 2, 10));

    assertThat(polled()).containsExactly("1 SUPERSEDED 1");
    answer(2);
    assertThat(polled())
        .containsExactly("2 SUPERSEDED 1", "3 SUPERSEDED 1", "4 SUPERSEDED 1", "5 SUPERSEDED 2");
    answer(6);
    assertThat(polled()).containsExactly("6 SUPERSEDED 2");
    assertThat(taken).containsExactly(2L, 6L);
  }

  @Test
  void anImageIsAnsweredOnce() {
    Outgoing image = image(1, 1, 10);
    ledger.sent(image);
    assertThat(ledger.isUnanswered(image)).isTrue();
    answer(1);

    assertThat(ledger.isUnanswered(image)).isFalse();
    assertThatThrownBy(() -> answer(1)).hasMessage("image 1 has its answer");
  }

  @Test
  void answersThatCameByDifferentCallsComeOutInOrderAllTheSame() {
    ledger.sent(image(1, 1, 10));
    ledger.sent(image(2, 1, 10));
    ledger.sent(image(3, 2, 10));
    answer(3);
    ledger.settled(image(2), Unexplained.superseded(2, 1));
    assertThat(polled()).isEmpty();
    answer(1);

    assertThat(polled()).containsExactly("1 SUPERSEDED 1", "2 SUPERSEDED 1", "3 SUPERSEDED 2");
    assertThat(taken).containsExactly(1L, 3L);
  }

  @Test
  void roomIsCountedInImagesAndInBytesButTwoAlwaysFit() {
    ledger.sent(image(1, 1, 5000));
    assertThat(ledger.hasRoom()).isTrue();
    ledger.sent(image(2, 1, 5000));
    assertThat(ledger.hasRoom()).isFalse();
    answer(1);
    answer(2);

    for (int i = 3; i <= 6; i++) {
      assertThat(ledger.hasRoom()).isTrue();
      ledger.sent(image(i, 1, 1));
    }
    assertThat(ledger.hasRoom()).isFalse();
  }

  @Test
  void whatIsLostIsAnsweredInItsPlace() {
    ledger.sent(image(1, 1, 10));
    ledger.superseded(2, 1);
    ledger.sent(image(3, 1, 10));
    ledger.lost(new SightlineException(Reason.UNAVAILABLE, "gone", Map.of(), null));

    assertThat(polled()).containsExactly("1 LOST 1", "2 SUPERSEDED 1", "3 LOST 1");
  }

  @Test
  void onlyTheLatestProgressOfImagesUnderWayIsKept() {
    ledger.sent(image(1, 1, 10));
    ledger.sent(image(2, 5, 10));
    ledger.progressed(image(1), 10, 100);
    ledger.progressed(image(2), 20, 100);
    ledger.progressed(image(2), 30, 100);
    answer(1);

    assertThat(ledger.pollProgress()).isEqualTo(new Progress(2, 5, 30, 100));
    assertThat(ledger.pollProgress()).isNull();
  }

  private Outgoing image(long sequence, long generation, int bytes) {
    byte[] content = new byte[bytes];
    Outgoing image =
        new Outgoing(
            sequence,
            generation,
            Options.defaults(),
            Image.encoded(content),
            dev.sightline.v1.Image.newBuilder().setEncoded(ByteString.copyFrom(content)).build());
    images.put(sequence, image);
    return image;
  }

  private Outgoing image(long sequence) {
    return Objects.requireNonNull(images.get(sequence));
  }

  private void answer(long sequence) {
    ledger.answered(image(sequence), superseded(sequence), () -> taken.add(sequence));
  }

  private List<String> polled() {
    List<String> polled = new ArrayList<>();
    for (Answer answer = ledger.poll(); answer != null; answer = ledger.poll()) {
      Unexplained why = (Unexplained) answer;
      polled.add(why.sequence() + " " + why.outcome() + " " + why.generation());
    }
    return polled;
  }

  private static Explanation superseded(long sequence) {
    return Explanation.newBuilder()
        .setSequence(sequence)
        .setOutcome(dev.sightline.v1.Outcome.OUTCOME_SUPERSEDED)
        .build();
  }
}
