package dev.sightline.client;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The images of one stream that have no answer yet, and the answers that still wait for those
 * before them: what goes in comes out once, in order. Frames that were replaced before they were
 * sent are kept as runs, so a stalled server costs no memory however long it stalls. Not
 * thread-safe.
 */
final class Ledger {
  private final int maxImages;
  private final long maxBytes;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private final Deque<Sent> unanswered = new ArrayDeque<>();
  private long unansweredBytes;
  private int taken;

  /** Has room for that many images, and for that many bytes of them but never fewer than two. */
  Ledger(int maxImages, long maxBytes) {
    this.maxImages = maxImages;
    this.maxBytes = maxBytes;
  }

  /** Whether another image may be sent before the next answer. */
  boolean hasRoom() {
    return unanswered.size() < 2 || (unanswered.size() < maxImages && unansweredBytes < maxBytes);
  }

  /** How many images were sent and have no answer. */
  int unanswered() {
    return unanswered.size();
  }

  void sent(long sequence, long generation, Image image, int bytes) {
    Sent sent = new Sent(sequence, generation, image, bytes);
    entries.add(sent);
    unanswered.add(sent);
    unansweredBytes += bytes;
  }

  /** An image whose answer is known without asking the server. */
  void known(Answer answer) {
    entries.add(new Known(answer));
  }

  void superseded(long sequence, long generation) {
    if (entries.peekLast() instanceof Run run && run.extend(sequence, generation)) {
      return;
    }
    entries.add(new Run(sequence, generation));
  }

  /**
   * Takes the server's answer to the oldest image without one.
   *
   * @throws SightlineException if it answers another image, or cannot be understood
   */
  void answered(dev.sightline.v1.Explanation wire) {
    Sent oldest = unanswered.peek();
    if (oldest == null || oldest.sequence != wire.getSequence()) {
      String due = oldest == null ? "none was due" : oldest.sequence + " was due";
      throw SightlineException.protocol(
          "the server answered image " + wire.getSequence() + " when " + due);
    }
    oldest.answer =
        wire.getOutcome() == dev.sightline.v1.Outcome.OUTCOME_EXPLAINED
            ? Explanation.of(wire, oldest.generation, oldest.image)
            : Unexplained.of(wire, oldest.generation);
    unanswered.remove();
    unansweredBytes -= oldest.bytes;
  }

  /** Takes word of how far an image is; of one that is not under way it is of no use any more. */
  void progressed(dev.sightline.v1.Progress wire) {
    for (Sent sent : unanswered) {
      if (sent.sequence == wire.getSequence()) {
        sent.progress =
            new Progress(sent.sequence, sent.generation, wire.getDone(), wire.getTotal());
      }
    }
  }

  /** How far an image is that has no answer yet, each word of it once; null while there is none. */
  @Nullable Progress pollProgress() {
    for (Sent sent : unanswered) {
      if (sent.progress != null) {
        Progress progress = sent.progress;
        sent.progress = null;
        return progress;
      }
    }
    return null;
  }

  /** Gives up every image without an answer. */
  void lost(SightlineException failure) {
    for (Sent sent : unanswered) {
      sent.answer = Unexplained.lost(sent.sequence, sent.generation, failure);
    }
    unanswered.clear();
    unansweredBytes = 0;
  }

  /** The next answer in order, or null while the oldest image has none. */
  @Nullable Answer poll() {
    Entry head = entries.peek();
    if (head == null) {
      return null;
    }
    Answer answer = head.next();
    if (head.isSpent()) {
      entries.remove();
      taken += head instanceof Sent ? 1 : 0;
    }
    return answer;
  }

  /** How many of the server's answers were polled since this was asked last. */
  int taken() {
    int since = taken;
    taken = 0;
    return since;
  }

  private sealed interface Entry {
    /** The next answer of the entry, or null while it has none. */
    @Nullable Answer next();

    boolean isSpent();
  }

  private static final class Sent implements Entry {
    private final long sequence;
    private final long generation;
    private final Image image;
    private final int bytes;
    private @Nullable Answer answer;
    private @Nullable Progress progress;

    Sent(long sequence, long generation, Image image, int bytes) {
      this.sequence = sequence;
      this.generation = generation;
      this.image = image;
      this.bytes = bytes;
    }

    @Override
    public @Nullable Answer next() {
      return answer;
    }

    @Override
    public boolean isSpent() {
      return answer != null;
    }
  }

  private record Known(Answer answer) implements Entry {
    @Override
    public Answer next() {
      return answer;
    }

    @Override
    public boolean isSpent() {
      return true;
    }
  }

  /** Neighbouring frames that were replaced. */
  private static final class Run implements Entry {
    private long first;
    private long last;
    private final long generation;

    Run(long sequence, long generation) {
      this.first = sequence;
      this.last = sequence;
      this.generation = generation;
    }

    boolean extend(long sequence, long sameGeneration) {
      if (sequence != last + 1 || sameGeneration != generation) {
        return false;
      }
      last = sequence;
      return true;
    }

    @Override
    public Answer next() {
      return Unexplained.superseded(first++, generation);
    }

    @Override
    public boolean isSpent() {
      return first > last;
    }
  }
}
