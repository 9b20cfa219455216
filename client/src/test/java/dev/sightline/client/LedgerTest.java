package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.v1.Explanation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private final Ledger ledger = new Ledger(4, 1000);
  private final Image image = Image.encoded(new byte[0]);

  @Test
  void whatGoesInComesOutOnceInOrder() {
    ledger.superseded(1, 1);
    ledger.sent(2, 1, image, 10);
    ledger.superseded(3, 1);
    ledger.superseded(4, 1);
    ledger.superseded(5, 2);
    ledger.sent(6, 2, image, 10);

    assertThat(polled()).containsExactly("1 SUPERSEDED 1");
    ledger.answered(superseded(2));
    assertThat(polled())
        .containsExactly("2 SUPERSEDED 1", "3 SUPERSEDED 1", "4 SUPERSEDED 1", "5 SUPERSEDED 2");
    ledger.answered(superseded(6));
    assertThat(polled()).containsExactly("6 SUPERSEDED 2");
    assertThat(ledger.taken()).isEqualTo(2);
    assertThat(ledger.taken()).isZero();
  }

  @Test
  void anAnswerToAnotherImageIsRefused() {
    ledger.sent(1, 1, image, 10);
    ledger.sent(2, 1, image, 10);

    assertThatThrownBy(() -> ledger.answered(superseded(2)))
        .isInstanceOf(SightlineException.class)
        .hasMessage("the server answered image 2 when 1 was due");
  }

  @Test
  void roomIsCountedInImagesAndInBytesButTwoAlwaysFit() {
    ledger.sent(1, 1, image, 5000);
    assertThat(ledger.hasRoom()).isTrue();
    ledger.sent(2, 1, image, 5000);
    assertThat(ledger.hasRoom()).isFalse();
    ledger.answered(superseded(1));
    ledger.answered(superseded(2));

    for (int i = 3; i <= 6; i++) {
      assertThat(ledger.hasRoom()).isTrue();
      ledger.sent(i, 1, image, 1);
    }
    assertThat(ledger.hasRoom()).isFalse();
  }

  @Test
  void whatIsLostIsAnsweredInItsPlace() {
    ledger.sent(1, 1, image, 10);
    ledger.superseded(2, 1);
    ledger.sent(3, 1, image, 10);
    ledger.lost(new SightlineException(Reason.UNAVAILABLE, "gone", Map.of(), null));

    assertThat(polled()).containsExactly("1 LOST 1", "2 SUPERSEDED 1", "3 LOST 1");
  }

  @Test
  void onlyTheLatestProgressOfImagesUnderWayIsKept() {
    ledger.sent(1, 1, image, 10);
    ledger.sent(2, 5, image, 10);
    ledger.progressed(progress(1, 10));
    ledger.progressed(progress(2, 20));
    ledger.progressed(progress(2, 30));
    ledger.progressed(progress(77, 1));
    ledger.answered(superseded(1));

    assertThat(ledger.pollProgress()).isEqualTo(new Progress(2, 5, 30, 100));
    assertThat(ledger.pollProgress()).isNull();
  }

  private static dev.sightline.v1.Progress progress(long sequence, int done) {
    return dev.sightline.v1.Progress.newBuilder()
        .setSequence(sequence)
        .setDone(done)
        .setTotal(100)
        .build();
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
