package dev.sightline.server.batch;

import dev.sightline.v1.Explanation;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Problem;
import dev.sightline.v1.Reason;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Why an image is not explained.
 *
 * <p>Texts are cut to a sane length: a client's own words may be among them.
 *
 * @param reason the reason, for programs
 * @param message the reason in a sentence, for people
 * @param metadata facts of the case, such as "layer": "conv_99"
 */
public record Refusal(Reason reason, String message, Map<String, String> metadata) {

  /** The answer to all that comes or waits while the server closes. */
  public static final Refusal DRAINING =
      of(Reason.REASON_DRAINING, "The server is going away; send it elsewhere.");

  /** The metadata that says in how many milliseconds trying again makes sense. */
  public static final String RETRY_DELAY = "retry_after_ms";

  static final Refusal CANCELLED = of(Reason.REASON_CANCELLED, "The call was cancelled.");

  /** By then a server at its capacity has answered most of what waits. */
  private static final Duration OVERLOADED_DELAY = Duration.ofMillis(500);

  private static final int MAX_MESSAGE = 2000;
  private static final int MAX_VALUE = 200;

  /** Keeps its own copy of the metadata. */
  public Refusal {
    message = cut(message, MAX_MESSAGE);
    metadata =
        metadata.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Map.Entry::getKey, entry -> cut(entry.getValue(), MAX_VALUE)));
  }

  /** A refusal without further facts. */
  public static Refusal of(Reason reason, String message) {
    return new Refusal(reason, message, Map.of());
  }

  /** Refuses what there is no room for. */
  public static Refusal overloaded(String message) {
    return overloaded(message, OVERLOADED_DELAY);
  }

  /**
   * There is no room now.
   *
   * @param retryAfter when there may be room again
   */
  public static Refusal overloaded(String message, Duration retryAfter) {
    // Up, for whoever comes a fraction of a millisecond early comes in vain.
    long millis = retryAfter.plusNanos(999_999).toMillis();
    return new Refusal(
        Reason.REASON_OVERLOADED, message, Map.of(RETRY_DELAY, Long.toString(millis)));
  }

  /** When to try again; nothing if nobody knows. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(metadata.get(RETRY_DELAY))
        .map(millis -> Duration.ofMillis(Long.parseLong(millis)));
  }

  /** The outcome under which the contract files the reason. */
  public Outcome outcome() {
    return switch (reason) {
      case REASON_IMAGE_UNREADABLE,
          REASON_IMAGE_EMPTY,
          REASON_IMAGE_TOO_LARGE,
          REASON_IMAGE_LAYOUT,
          REASON_TENSOR_SHAPE,
          REASON_TENSOR_NOT_FINITE ->
          Outcome.OUTCOME_INVALID_IMAGE;
      case REASON_UNKNOWN_MODEL,
          REASON_UNKNOWN_LAYER,
          REASON_UNKNOWN_CLASS,
          REASON_UNKNOWN_METHOD,
          REASON_UNSUPPORTED_METHOD,
          REASON_INVALID_OPTION,
          REASON_PROTOCOL,
          REASON_UNAUTHENTICATED,
          REASON_PERMISSION_DENIED ->
          Outcome.OUTCOME_INVALID_OPTIONS;
      case REASON_SUPERSEDED -> Outcome.OUTCOME_SUPERSEDED;
      case REASON_STALE -> Outcome.OUTCOME_STALE;
      case REASON_OVERLOADED -> Outcome.OUTCOME_OVERLOADED;
      case REASON_CANCELLED -> Outcome.OUTCOME_CANCELLED;
      case REASON_DRAINING -> Outcome.OUTCOME_DRAINING;
      case REASON_INTERNAL, REASON_MODEL_UNAVAILABLE, REASON_UNSPECIFIED, UNRECOGNIZED ->
          Outcome.OUTCOME_INTERNAL;
    };
  }

  /** The refusal as the contract's message. */
  Problem problem() {
    return Problem.newBuilder()
        .setReason(reason)
        .setMessage(message)
        .putAllMetadata(metadata)
        .build();
  }

  /** The answer to an image that is refused, without its timing. */
  public Explanation.Builder answer() {
    return Explanation.newBuilder().setOutcome(outcome()).setProblem(problem());
  }

  private static String cut(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    // Half of a character that takes two places would be no text.
    int end = Character.isHighSurrogate(text.charAt(length - 2)) ? length - 2 : length - 1;
    return text.substring(0, end) + "…";
  }
}
