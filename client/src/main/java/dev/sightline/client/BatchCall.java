package dev.sightline.client;

import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A batch as an iterator of its answers, over as many calls of ExplainBatch as it takes. The thread
 * that asks for an answer is the one that takes images from their source and sends them: as many as
 * the transport and a window take, so that neither side holds the whole batch. What a server did
 * not accept or did not answer is sent again.
 */
final class BatchCall implements Iterator<Answer>, AutoCloseable, Line.Stream {
  private static final int WINDOW_IMAGES = 32;
  private static final long WINDOW_BYTES = 16 << 20;

  /** An image that ends its server each time is not to end any number of them. */
  private static final int MOST_BREAKS = 5;

  private final Link link;
  private final Iterator<Image> images;
  private final BatchListener listener;
  private final Duration patience;
  private final Options options;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Ledger ledger = new Ledger(WINDOW_IMAGES, WINDOW_BYTES);
  private final NavigableMap<Long, Outgoing> outbox = new TreeMap<>();
  private final Map<Long, Integer> breaks = new HashMap<>();
  private final Deque<Runnable> news = new ArrayDeque<>();
  private final Line<ExplainBatchRequest, ExplainBatchResponse> line;
  private @Nullable SightlineException failure;
  private long changes;
  private boolean ended;
  private boolean allTaken;
  private long sequence;
  private long handedOut;
  private @Nullable Answer next;

  /**
   * Opens the first call.
   *
   * @param patience the longest wait for the next answer, or for word of how far it is, while there
   *     is a server
   * @param listener is told by the thread that asks for answers
   */
  BatchCall(
      Link link,
      ExplanationServiceGrpc.ExplanationServiceStub stub,
      Duration patience,
      Options options,
      Iterator<Image> images,
      BatchListener listener) {
    this.link = link;
    this.images = images;
    this.listener = listener;
    this.patience = patience;
    this.options = options;
    this.line = new Line<>(link, stub, Protocol.BATCH, WINDOW_IMAGES, false, this);
    locked(line::open);
  }

  @Override
  public boolean hasNext() {
    if (next == null) {
      next = advance();
    }
    return next != null;
  }

  @Override
  public Answer next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException();
    }
    Answer answer = next;
    next = null;
    return answer;
  }

  /** Cancels what is still under way. */
  @Override
  public void close() {
    locked(
        () ->
            line.fail(
                new SightlineException(
                    Reason.CANCELLED, "the answers are no longer wanted", Map.of(), null)));
  }

  private @Nullable Answer advance() {
    try {
      while (true) {
        send();
        Runnable word;
        lock.lock();
        try {
          word = news.poll();
          Answer answer = word == null ? ledger.poll() : null;
          if (answer != null) {
            handedOut++;
            return answer;
          }
          word = word == null ? progress() : word;
          if (word == null && failure != null) {
            throw failure;
          }
          if (word == null && ended) {
            return null;
          }
          if (word == null && !wantsImage()) {
            awaitChange();
          }
        } finally {
          lock.unlock();
        }
        if (word != null) {
          word.run();
        }
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private @Nullable Runnable progress() {
    Progress progress = ledger.pollProgress();
    return progress == null ? null : () -> listener.progress(progress);
  }

  private void send() {
    while (lockedWantsImage()) {
      if (!images.hasNext()) {
        allTaken = true;
        locked(line::proceed);
        return;
      }
      Image image = images.next();
      sequence++;
      dev.sightline.v1.Image content;
      try {
        content = image.toProto();
      } catch (IOException e) {
        locked(() -> ledger.known(Unexplained.unreadable(sequence, 1, Failures.unreadable(e))));
        return;
      }
      Outgoing outgoing = new Outgoing(sequence, 1, options, image, content);
      locked(
          () -> {
            ledger.sent(outgoing);
            outbox.put(outgoing.sequence(), outgoing);
            ready();
          });
    }
  }

  private boolean lockedWantsImage() {
    lock.lock();
    try {
      return wantsImage();
    } finally {
      lock.unlock();
    }
  }

  private boolean wantsImage() {
    return !allTaken && !ended && outbox.isEmpty() && line.isReady() && hasRoom();
  }

  /**
   * Counts answers that nobody took yet as well, so that a slow reader costs no more than a window.
   */
  private boolean hasRoom() {
    return ledger.hasRoom() && sequence - handedOut < WINDOW_IMAGES;
  }

  private void awaitChange() {
    long seen = changes;
    long left = patience.toNanos();
    try {
      while (changes == seen) {
        if (line.isInterrupted()) {
          // The line has a patience of its own, which ends the wait.
          changed.await();
          continue;
        }
        if (left <= 0) {
          throw new SightlineException(
              Reason.DEADLINE_EXCEEDED,
              "the server at "
                  + link.server()
                  + " gave no answer for "
                  + patience.toMillis()
                  + " ms",
              Map.of(),
              null);
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SightlineException(
          Reason.CANCELLED, "interrupted while waiting for an answer", Map.of(), e);
    }
  }

  @Override
  public void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
    } finally {
      changes++;
      changed.signalAll();
      lock.unlock();
    }
  }

  @Override
  public boolean hasMore() {
    return !allTaken || !outbox.isEmpty();
  }

  @Override
  public void ready() {
    while (!outbox.isEmpty() && line.isReady()) {
      line.send(outbox.pollFirstEntry().getValue());
    }
    line.proceed();
  }

  @Override
  public void answered(Outgoing image, dev.sightline.v1.Explanation answer, Runnable taken) {
    breaks.clear();
    try {
      ledger.answered(image, answer, taken);
    } catch (SightlineException e) {
      line.fail(e);
    }
  }

  @Override
  public void progressed(Outgoing image, int done, int total) {
    ledger.progressed(image, done, total);
  }

  @Override
  public void returned(List<Outgoing> unsent) {
    unsent.forEach(image -> outbox.put(image.sequence(), image));
  }

  @Override
  public void broken(List<Outgoing> unanswered, SightlineException why) {
    returned(unanswered);
    for (Outgoing image : unanswered) {
      if (breaks.merge(image.sequence(), 1, Integer::sum) == MOST_BREAKS) {
        line.fail(why);
      }
    }
  }

  @Override
  public void interrupted(SightlineException why) {
    // A reader that was busy need not hear of every break that is long mended.
    while (news.size() > 1) {
      news.removeLast();
      news.removeLast();
    }
    news.add(() -> listener.interrupted(why));
  }

  @Override
  public void resumed() {
    news.add(listener::resumed);
  }

  @Override
  public void ended(@Nullable SightlineException why) {
    ended = true;
    failure = why;
  }
}
