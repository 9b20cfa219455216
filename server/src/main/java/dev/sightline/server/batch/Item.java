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
 * nanoseconds of the batcher's ticker. Handed from thread to thread through the batcher's lock.
 */
final class Item {
  static final long NO_MAX_AGE = Long.MAX_VALUE;
  private static final Logger log = LoggerFactory.getLogger(Item.class);
  private static final long NANOS = 1_000_000_000L;

  final Source source;
  final Lane lane;
  final Work work;
  private final long arrival;
  private final long maxAge;
  private final Consumer<Explanation.Builder> answer;

  private long queue = -1;
  private long preprocess;
  private long compute;
  private long postprocess;
  private int batchSize;

  Item(
      Source source,
      Lane lane,
      Work work,
      long arrival,
      long maxAge,
      Consumer<Explanation.Builder> answer) {
    this.source = source;
    this.lane = lane;
    this.work = work;
    this.arrival = arrival;
    this.maxAge = maxAge;
    this.answer = answer;
  }

  boolean perishable() {
    return maxAge != NO_MAX_AGE;
  }

  boolean stale(long now) {
    return now - arrival > maxAge;
  }

  /** How much longer the item may wait for a fuller batch; not positive when it may no longer. */
  long lingerLeft(long linger, long now) {
    return Math.min(linger, maxAge / 2) - (now - arrival);
  }

  void taken(long now) {
    queue = now - arrival;
  }

  void prepared(long nanos) {
    preprocess = nanos;
  }

  void computed(long nanos, int frames) {
    compute = nanos;
    batchSize = frames;
  }

  void postprocessed(long nanos) {
    postprocess = nanos;
  }

  void explained(Explanation.Builder explanation, long now) {
    send(explanation.setOutcome(Outcome.OUTCOME_EXPLAINED).setTiming(timing(now)));
  }

  void refused(Refusal refusal, long now) {
    send(refusal.answer().setTiming(timing(now)));
  }

  private void send(Explanation.Builder explanation) {
    try {
      answer.accept(explanation);
    } catch (RuntimeException | Error e) {
      log.error("The receiver of an answer failed", e);
    }
  }

  private Timing timing(long now) {
    long total = now - arrival;
    return Timing.newBuilder()
        .setQueue(duration(queue < 0 ? total : queue))
        .setPreprocess(duration(preprocess))
        .setCompute(duration(compute))
        .setPostprocess(duration(postprocess))
        .setTotal(duration(total))
        .setBatchSize(batchSize)
        .build();
  }

  private static Duration duration(long nanos) {
    return Duration.newBuilder().setSeconds(nanos / NANOS).setNanos((int) (nanos % NANOS)).build();
  }
}
