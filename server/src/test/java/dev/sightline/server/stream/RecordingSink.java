package dev.sightline.server.stream;

import dev.sightline.server.batch.Refusal;
import dev.sightline.v1.Draining;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A client that notes what it gets, reads when it likes, and objects to what no stream may do. */
final class RecordingSink implements AnswerSink {
  /** Messages that the stream asked for and that have not been brought. */
  final AtomicInteger reads = new AtomicInteger();

  final CountDownLatch ended = new CountDownLatch(1);
  volatile boolean ready = true;
  volatile @Nullable Refusal failure;
  volatile @Nullable Draining notice;

  private final List<Explanation> answers = new ArrayList<>();
  private final List<Progress> progress = new ArrayList<>();
  private final AtomicBoolean inUse = new AtomicBoolean();
  private @Nullable String misuse;

  @Override
  public boolean ready() {
    return ready;
  }

  @Override
  public void send(Explanation explanation) {
    alone(
        () -> {
          answers.add(explanation);
          if (ended.getCount() == 0) {
            misuse = "sent after the end";
          }
        });
  }

  @Override
  public void progress(Progress how) {
    alone(
        () -> {
          progress.add(how);
          if (ended.getCount() == 0) {
            misuse = "told after the end";
          }
        });
  }

  @Override
  public void draining(Draining told) {
    alone(
        () -> {
          if (notice != null || ended.getCount() == 0) {
            misuse = "a second notice, or one after the end";
          }
          notice = told;
        });
  }

  @Override
  public void complete() {
    alone(ended::countDown);
  }

  @Override
  public void fail(Refusal refusal) {
    alone(
        () -> {
          failure = refusal;
          ended.countDown();
        });
  }

  @Override
  public void read() {
    reads.incrementAndGet();
  }

  synchronized List<Explanation> answers() {
    if (misuse != null) {
      throw new AssertionError(misuse);
    }
    return List.copyOf(answers);
  }

  synchronized List<Progress> progress() {
    return List.copyOf(progress);
  }

  boolean hasEnded() {
    return ended.getCount() == 0;
  }

  private void alone(Runnable action) {
    boolean first = inUse.compareAndSet(false, true);
    synchronized (this) {
      if (!first) {
        misuse = "used by two threads at once";
      }
      action.run();
    }
    inUse.set(false);
  }
}
