package dev.sightline.server.batch;

import com.google.protobuf.Duration;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Timing;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An image on its way: what is to be done with it, who is told, and where its time went. Times are
 * nanoseconds of the batcher's ticker.
 */
final class Item {
  static final long NEVER = Long.MAX_VALUE;
  private static final Logger log = LoggerFactory.getLogger(Item.class);
  private static final long NANOS = 1_000_000_000L;

  final Source source;
  final Work work;
  private final long arrival;
  private final Terms terms;
  private final Receiver receiver;
  private final boolean single;

  // Guarded by the batcher's lock.
  private Stage stage;
  private int given;
  private int returned;

  /** Set once, by whoever may answer it; guarded by the batcher's lock, read by all. */
  volatile boolean answered;

  // Guarded by this.
  private long queue = -1;
  private long preprocess;
  private long compute;
  private long postprocess;
  private int batchSize;
  private int frames;
  private long reported;

  /**
   * What was agreed on for an image, in nanoseconds.
   *
   * @param maxAge how old it may be when its first batch forms; {@link #NEVER} for no bound
   * @param progressInterval how often its receiver hears of its progress; {@link #NEVER} for never
   */
  record Terms(long maxAge, long progressInterval) {}

  Item(Source source, Work work, long arrival, Terms terms, Receiver receiver) {
    this.source = source;
    this.work = work;
    this.arrival = arrival;
    this.terms = terms;
    this.receiver = receiver;
    this.stage = work.first();
    this.single = work.frames() == 1;
    this.reported = arrival;
  }

  /** True if all that it needs is one frame in one pass. */
  boolean single() {
    return single;
  }

  /** Where its frames wait. */
  Lane lane() {
    return stage.lane();
  }

  /** Rows of each of its frames. */
  int rows() {
    return stage.rowClasses().length;
  }

  /** True while its stage has frames that no batch has taken. */
  boolean hasFrames() {
    return given < stage.frames();
  }

  /** Its next frame, for a batch. */
  Slot next() {
    return new Slot(this, stage, given++);
  }

  /** A frame came back from its pass; true if it was the stage's last. */
  boolean frameReturned() {
    return ++returned == stage.frames();
  }

  /** Goes on to its next stage. */
  void begin(Stage next) {
    stage = next;
    given = 0;
    returned = 0;
  }

  boolean perishable() {
    return terms.maxAge() != NEVER;
  }

  boolean stale(long now) {
    return now - arrival > terms.maxAge();
  }

  /** How long ago it came. */
  long age(long now) {
    return now - arrival;
  }

  /** How much longer the item may wait for a fuller batch; not positive when it may no longer. */
  long lingerLeft(long linger, long now) {
    return Math.min(linger, terms.maxAge() / 2) - (now - arrival);
  }

  synchronized void taken(long now) {
    queue = now - arrival;
  }

  synchronized void prepared(long nanos) {
    preprocess += nanos;
  }

  /** A pass is over, in which it had some of the frames. */
  void computed(long start, long end, int framesOfPass, int own) {
    synchronized (this) {
      compute += end - start;
      batchSize = framesOfPass;
      frames += own;
    }
    tell(told -> told.passed(start, end, framesOfPass));
  }

  synchronized void postprocessed(long nanos) {
    postprocess += nanos;
  }

  /** Tells its receiver how far it is, if that is due. */
  void progressed(long now) {
    int done;
    synchronized (this) {
      if (answered || now - reported < terms.progressInterval()) {
        return;
      }
      reported = now;
      done = frames;
    }
    tell(told -> told.progress(done, work.frames()));
  }

  void explained(Explanation.Builder explanation, long now) {
    // First, for the next frame may come as soon as the receiver is told.
    work.explained();
    send(explanation.setOutcome(Outcome.OUTCOME_EXPLAINED).setTiming(timing(now)));
  }

  /** It need not be explained: the explanation of another frame of its stream holds. */
  void unchanged(long since, long now) {
    send(
        Explanation.newBuilder()
            .setOutcome(Outcome.OUTCOME_UNCHANGED)
            .setUnchangedSince(since)
            .setTiming(timing(now)));
  }

  void refused(Refusal refusal, long now) {
    send(refusal.answer().setTiming(timing(now)));
  }

  private void send(Explanation.Builder explanation) {
    tell(told -> told.answer(explanation));
    work.answered();
  }

  private void tell(Consumer<Receiver> what) {
    try {
      what.accept(receiver);
    } catch (RuntimeException | Error e) {
      source.logging(() -> log.error("The receiver of an answer failed", e));
    }
  }

  private synchronized Timing timing(long now) {
    long total = now - arrival;
    return Timing.newBuilder()
        .setQueue(duration(queue < 0 ? total : queue))
        .setPreprocess(duration(preprocess))
        .setCompute(duration(compute))
        .setPostprocess(duration(postprocess))
        .setTotal(duration(total))
        .setBatchSize(batchSize)
        .setFrames(frames)
        .build();
  }

  private static Duration duration(long nanos) {
    return Duration.newBuilder().setSeconds(nanos / NANOS).setNanos((int) (nanos % NANOS)).build();
  }
}
