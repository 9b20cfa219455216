package dev.sightline.server.stream;

import dev.sightline.v1.Explanation;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Progress;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The answers that a stream owes, in the order of its frames, whatever the order in which they
 * become known. Not thread-safe: the stream guards it.
 */
final class Owed {

  /** A frame without a delivered answer. */
  static final class Entry {
    private final long sequence;
    private final long generation;
    private @Nullable Explanation answer;

    private Entry(long sequence, long generation) {
      this.sequence = sequence;
      this.generation = generation;
    }
  }

  private final Queue<Entry> entries = new ArrayDeque<>();

  /** The latest of each frame that has no answer yet, longest untold first. */
  private final Map<Entry, Progress> progress = new LinkedHashMap<>();

  private final Unsent all;
  private int explained;
  private long bytes;
  private @Nullable Long last;

  /** Nothing owed; what waits for the reader counts among that of all streams. */
  Owed(Unsent all) {
    this.all = all;
  }

  /** Takes in a frame. */
  Entry add(long sequence, long generation) {
    last = sequence;
    Entry entry = new Entry(sequence, generation);
    entries.add(entry);
    return entry;
  }

  /** The number of the last frame that was taken in; null if there was none. */
  @Nullable Long last() {
    return last;
  }

  /** Notes how far a frame is; means nothing once it is answered. */
  void progress(Entry entry, int done, int total) {
    if (entry.answer == null) {
      progress.put(
          entry,
          Progress.newBuilder()
              .setSequence(entry.sequence)
              .setGeneration(entry.generation)
              .setDone(done)
              .setTotal(total)
              .build());
    }
  }

  /** What to tell of a frame's progress, which is then told; null if there is nothing. */
  @Nullable Progress nextProgress() {
    Iterator<Progress> untold = progress.values().iterator();
    if (!untold.hasNext()) {
      return null;
    }
    Progress next = untold.next();
    untold.remove();
    return next;
  }

  /** Notes the answer to a frame. */
  void answer(Entry entry, Explanation.Builder answer) {
    if (entry.answer != null) {
      throw new IllegalStateException("a second answer to frame " + entry.sequence);
    }
    progress.remove(entry);
    entry.answer = answer.setSequence(entry.sequence).setGeneration(entry.generation).build();
    count(entry.answer, 1);
  }

  /** Whether the answer that must leave next is known. */
  boolean hasNext() {
    Entry first = entries.peek();
    return first != null && first.answer != null;
  }

  /** The next answer to leave, which is then no longer owed; only if there {@link #hasNext}. */
  Explanation next() {
    Explanation answer = entries.remove().answer;
    if (answer == null) {
      throw new IllegalStateException("the next answer is not known");
    }
    count(answer, -1);
    return answer;
  }

  /** Frames without a delivered answer. */
  int size() {
    return entries.size();
  }

  /** Explanations among the answers that are known but not delivered. */
  int explained() {
    return explained;
  }

  void clear() {
    entries.clear();
    progress.clear();
    explained = 0;
    all.add(-bytes);
    bytes = 0;
  }

  /** Bytes of the explanations among the answers that are known but not delivered. */
  long bytes() {
    return bytes;
  }

  /** Whether the reader is too far behind, by itself or with all the others. */
  boolean heavy(long most) {
    return bytes >= most || (bytes > 0 && all.full());
  }

  /** Refusals do not count: they are small, and as many as the frames that are let in. */
  private void count(Explanation answer, int sign) {
    if (isExplanation(answer)) {
      long size = (long) sign * answer.getSerializedSize();
      explained += sign;
      bytes += size;
      all.add(size);
    }
  }

  private static boolean isExplanation(Explanation answer) {
    return answer.getOutcome() == Outcome.OUTCOME_EXPLAINED;
  }
}
