package dev.sightline.client.load;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One load.
 *
 * @param streams what each stream asks; as many as there are streams, at least 1
 * @param still how often each stream sends a picture before the next, at least 1; the first one may
 *     be sent less often
 * @param warmUp before anything counts
 * @param duration for which frames count that become due; positive
 * @param deadline within which an explanation is a good one; null for any time
 * @param patience the longest wait for the last answers
 * @param expand whether every map is expanded to its pixels, as a part of its answer
 * @param seed where random numbers begin
 */
public record Plan(
    CallKind call,
    List<Asked> streams,
    Pace pace,
    int still,
    Duration warmUp,
    Duration duration,
    @Nullable Duration deadline,
    Duration patience,
    boolean expand,
    long seed) {
  public Plan {
    streams = List.copyOf(streams);
  }

  /** The same with another pace and for another time. */
  public Plan paced(Pace otherPace, Duration otherDuration) {
    return new Plan(
        call, streams, otherPace, still, warmUp, otherDuration, deadline, patience, expand, seed);
  }
}
