package dev.sightline.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.Answer;
import dev.sightline.client.Explanation;
import dev.sightline.client.Outcome;
import dev.sightline.client.Unexplained;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Checks the answers to {@link NumberedImage}s as they come, and keeps none: in order, none twice,
 * each to its own image. Thread-safe.
 */
final class Answers {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
  private final List<String> wrong = new ArrayList<>();
  private long count;
  private long explained;
  private @Nullable Explanation latest;

  synchronized void add(Answer answer) {
    count++;
    if (answer.sequence() != count) {
      wrong.add("answer %d is to image %d".formatted(count, answer.sequence()));
    }
    if (answer instanceof Explanation explanation) {
      explained++;
      latest = explanation;
      if (explanation.imageWidth() != NumberedImage.width(answer.sequence())) {
        wrong.add("answer %d has the width %d".formatted(count, explanation.imageWidth()));
      }
    } else if (answer instanceof Unexplained unexplained) {
      outcomes.merge(unexplained.outcome(), 1, Integer::sum);
    }
    notifyAll();
  }

  synchronized void failed(Exception failure) {
    wrong.add(failure.toString());
    notifyAll();
  }

  /** The last explanation; there must have been one. */
  synchronized Explanation latest() {
    return Objects.requireNonNull(latest);
  }

  /** How many have that outcome. */
  synchronized int with(Outcome outcome) {
    return outcomes.getOrDefault(outcome, 0);
  }

  /** Waits for that many more explanations. */
  synchronized void awaitExplained(int more) throws InterruptedException {
    long wanted = explained + more;
    long end = System.nanoTime() + PATIENCE;
    while (explained < wanted) {
      assertThat(wrong).isEmpty();
      long left = end - System.nanoTime();
      assertThat(left).as("another explanation comes").isPositive();
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /** So many images were sent, all have their answers, and these without any other outcome. */
  synchronized void check(long sent, Outcome... allowed) {
    assertThat(wrong).isEmpty();
    assertThat(count).isEqualTo(sent);
    assertThat(outcomes.keySet()).isSubsetOf(List.of(allowed));
  }
}
