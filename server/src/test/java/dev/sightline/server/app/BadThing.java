package dev.sightline.server.app;

import dev.sightline.v1.Explanation;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Reason;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;

/**
 * Something that no client should send.
 *
 * @param what it is
 * @param reasons what it may be refused for
 * @param harmless whether it may turn out to be good
 * @param described in words, for a test that fails
 */
record BadThing<T>(T what, Set<Reason> reasons, boolean harmless, String described) {

  /** It is refused. */
  static <T> BadThing<T> refused(String described, T what, Reason first, Reason... others) {
    return new BadThing<>(what, EnumSet.of(first, others), false, described);
  }

  /** The same, if it is not good by chance. */
  BadThing<T> unlessGood() {
    return new BadThing<>(what, reasons, true, described);
  }

  /** A message with it. */
  <M> BadThing<M> map(Function<T, M> message) {
    return new BadThing<>(message.apply(what), reasons, harmless, described);
  }

  /** Whether that is an answer to it. */
  boolean fits(Explanation answer) {
    return answer.getOutcome() == Outcome.OUTCOME_EXPLAINED
        ? harmless
        : fits(answer.getProblem().getReason());
  }

  /** Whether that is a reason to refuse it. */
  boolean fits(Reason reason) {
    return reasons.contains(reason);
  }
}
