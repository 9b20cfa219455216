package dev.sightline.client;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The images of one stream that have no answer yet, and the answers that still wait for those
 * before them: what goes in comes out once, in order, whatever calls it went and came by. Frames
 * that were replaced before they were sent are kept as runs, so a stalled server costs no memory
 * however long it stalls. Not thread-safe.
 */
final class Ledger {
  private final int maxImages;
  private final long maxBytes;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private final Map<Long, Sent> unanswered = new LinkedHashMap<>();
  private long unansweredBytes;

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

  /** Whether the image was sent and has no answer. */
  boolean isUnanswered(Outgoing image) {
    return unanswered.containsKey(image.sequence());
  }

  /** Notes that the newest image is sent; one that is sent again stays where it is. */
  void sent(Outgoing image) {
    Sent sent = new Sent(image);
    entries.add(sent);
    unanswered.put(image.sequence(), sent);
    unansweredBytes += sent.bytes();
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
   * Takes the server's answer to an image without one.
   *
   * @param taken is run when the answer is polled
   * @throws SightlineException if it cannot be understood; the image then has no answer still
   */
  void answered(Outgoing image, dev.sightline.v1.Explanation wire, Runnable taken) {
    Answer answer =
        wire.getOutcome() == dev.sightline.v1.Outcome.OUTCOME_EXPLAINED
            ? Explanation.of(wire, image.generation(), image.image())
            : Unexplained.of(wire, image.generation());
    resolve(image, answer, taken);
  }

  /** Answers an image that was sent without asking the server any more. */
  void settled(Outgoing image, Answer answer) {
    resolve(image, answer, () -> {});
  }

  private void resolve(Outgoing image, Answer answer, Runnable taken) {
    Sent sent = unanswered.remove(image.sequence());
    if (sent == null) {
      throw new IllegalStateException("image " + image.sequence() + " has its answer");
    }
    unansweredBytes -= sent.bytes();
    sent.answer = answer;
    sent.taken = taken;
  }

  /** Takes word of how far an image is. */
  void progressed(Outgoing image, int done, int total) {
    Sent sent = unanswered.get(image.sequence());
    if (sent != null) {
      sent.progress = new Progress(image.sequence(), image.generation(), done, total);
    }
  }

  /** How far an image is that has no answer yet, each word of it once; null while there is none. */
  @Nullable Progress pollProgress() {
    for (Sent sent : unanswered.values()) {
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
    for (Sent sent : unanswered.values()) {
      sent.answer = Unexplained.lost(sent.image.sequence(), sent.image.generation(), failure);
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
      if (head instanceof Sent sent) {
        sent.taken.run();
      }
    }
    return answer;
  }

  private sealed interface Entry {
    /** The next answer of the entry, or null while it has none. */
    @Nullable Answer next();

    boolean isSpent();
  }

  private static final class Sent implements Entry {
    private final Outgoing image;
    private @Nullable Answer answer;
    private @Nullable Progress progress;
    private Runnable taken = () -> {};

    Sent(Outgoing image) {
      this.image = image;
    }

    int bytes() {
      return image.content().getSerializedSize();
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
