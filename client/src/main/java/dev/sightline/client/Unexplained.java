package dev.sightline.client;

import java.util.Map;
import java.util.OptionalLong;

/**
 * Why an image has no explanation.
 *
 * @param outcome what became of the image
 * @param reason the reason, for programs
 * @param message the reason in a sentence, for people
 * @param metadata facts of the case, such as "layer" → "conv_99"
 * @param unchangedSince of {@link Outcome#UNCHANGED}: the number of the image whose explanation
 *     holds for this one too. It was answered before, with an {@link Explanation}: the last one,
 *     unless several images were under way at once
 */
public record Unexplained(
    long sequence,
    long generation,
    Outcome outcome,
    Reason reason,
    String message,
    Map<String, String> metadata,
    Timing timing,
    OptionalLong unchangedSince)
    implements Answer {

  public Unexplained {
    metadata = Map.copyOf(metadata);
  }

  @Override
  public Explanation orThrow() {
    throw new SightlineException(reason, message, metadata, null);
  }

  static Unexplained of(dev.sightline.v1.Explanation wire, long generation) {
    Outcome outcome = Outcome.of(wire.getOutcome());
    if (outcome == Outcome.UNCHANGED) {
      return unchanged(wire, generation);
    }
    String message = wire.getProblem().getMessage();
    return new Unexplained(
        wire.getSequence(),
        generation,
        outcome,
        Reason.of(wire.getProblem().getReason().name()),
        message.isEmpty() ? "the server says no more than " + outcome : message,
        wire.getProblem().getMetadataMap(),
        Timing.of(wire.getTiming()),
        OptionalLong.empty());
  }

  private static Unexplained unchanged(dev.sightline.v1.Explanation wire, long generation) {
    return new Unexplained(
        wire.getSequence(),
        generation,
        Outcome.UNCHANGED,
        Reason.UNCHANGED,
        "unchanged since image " + wire.getUnchangedSince(),
        Map.of(),
        Timing.of(wire.getTiming()),
        OptionalLong.of(wire.getUnchangedSince()));
  }

  static Unexplained superseded(long sequence, long generation) {
    return new Unexplained(
        sequence,
        generation,
        Outcome.SUPERSEDED,
        Reason.SUPERSEDED,
        "a newer frame took its place before it was sent",
        Map.of(),
        Timing.NONE,
        OptionalLong.empty());
  }

  static Unexplained unreadable(long sequence, long generation, SightlineException cause) {
    return new Unexplained(
        sequence,
        generation,
        Outcome.INVALID_IMAGE,
        cause.reason(),
        String.valueOf(cause.getMessage()),
        cause.metadata(),
        Timing.NONE,
        OptionalLong.empty());
  }

  static Unexplained lost(long sequence, long generation, SightlineException cause) {
    return new Unexplained(
        sequence,
        generation,
        Outcome.LOST,
        cause.reason(),
        "its answer did not come: " + cause.getMessage(),
        cause.metadata(),
        Timing.NONE,
        OptionalLong.empty());
  }
}
