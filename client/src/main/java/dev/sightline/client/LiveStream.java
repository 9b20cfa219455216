package dev.sightline.client;

import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A live stream, in which the newest frame wins: at the server while one is being explained, and
 * here while the network does not keep up or no server is there. Every frame that was sent gets
 * exactly one answer, in order. Thread-safe.
 *
 * <p>The stream outlives its server. When a server drains, the stream goes on at another one: a
 * frame that the first had not accepted is sent again if it is still the newest, and nothing is
 * lost. When a connection breaks, the frames that were under way are answered as {@link
 * Outcome#LOST}, and the stream goes on with the options in force as soon as a server can be
 * reached; it tries at once, then after 100 ms, doubling to 1.6 s, for as long as {@link
 * SightlineClient.Builder#reconnectFor} says. The listener is told.
 *
 * <p>At most 256 frames or 16 MiB of them (but always two) are on their way at a time; beyond that,
 * and while the network takes no more, only the newest frame is kept.
 */
public final class LiveStream implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LiveStream.class);
  private static final AtomicLong COUNT = new AtomicLong();
  private static final int WINDOW_FRAMES = 256;
  private static final long WINDOW_BYTES = 16 << 20;
  private static final int UNREAD_ANSWERS = 16;

  private final Duration patience;
  private final LiveListener listener;
  private final Thread delivery;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Ledger ledger = new Ledger(WINDOW_FRAMES, WINDOW_BYTES);
  private final Deque<Runnable> news = new ArrayDeque<>();
  private final Line<ExplainStreamRequest, ExplainStreamResponse> line;
  private Options options;
  private long generation = 1;
  private long sequence;
  private @Nullable Outgoing held;
  private boolean closing;
  private boolean ended;
  private long heard;
  private @Nullable SightlineException failure;

  /**
   * Opens a stream.
   *
   * @param patience the longest wait for the last answers
   */
  LiveStream(
      Link link,
      ExplanationServiceGrpc.ExplanationServiceStub stub,
      Duration patience,
      Options options,
      LiveListener listener) {
    this.patience = patience;
    this.options = options;
    this.listener = listener;
    this.delivery = new Thread(this::deliver, "sightline-live-" + COUNT.incrementAndGet());
    delivery.setDaemon(true);
    this.line = new Line<>(link, stub, Protocol.LIVE, UNREAD_ANSWERS, true, new Traffic());
    locked(line::open);
    delivery.start();
  }

  /**
   * Sends a frame, or keeps it as the newest one until the network takes it; never waits for the
   * network. A frame that it takes the place of is answered as {@link Outcome#SUPERSEDED}.
   *
   * @return the frame's number, which its answer carries: 1 for the first
   * @throws SightlineException if the image's file cannot be read, in which case there is no frame,
   *     or if the stream has failed
   * @throws IllegalStateException after {@link #close()}
   */
  public long send(Image image) {
    dev.sightline.v1.Image content;
    try {
      content = image.toProto();
    } catch (IOException e) {
      throw Failures.unreadable(e);
    }
    lock.lock();
    try {
      requireOpen();
      supersede();
      held = new Outgoing(++sequence, generation, options, image, content);
      pump();
      return sequence;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Other options for the frames that follow.
   *
   * @return their generation, which the answers made with them carry: 2 for the first switch
   * @throws SightlineException if the stream has failed
   * @throws IllegalStateException after {@link #close()}
   */
  public long options(Options next) {
    lock.lock();
    try {
      requireOpen();
      options = next;
      return ++generation;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes no more frames and waits until those that were sent have their answers and the listener
   * has seen them; as long as the client's deadline allows without an answer or progress, after
   * which the rest is {@link Outcome#LOST}. When called by the listener it does not wait.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      pump();
      if (Thread.currentThread() != delivery) {
        awaitDelivery();
      }
    } finally {
      lock.unlock();
    }
  }

  private void awaitDelivery() {
    try {
      long left = patience.toNanos();
      long seen = heard;
      while (!ended && left > 0) {
        left = changed.awaitNanos(left);
        if (heard != seen) {
          seen = heard;
          left = patience.toNanos();
        }
      }
      if (!ended) {
        abandon(Reason.DEADLINE_EXCEEDED, "the last answers did not come in time");
      }
      joinDelivery();
    } catch (InterruptedException e) {
      abandon(Reason.CANCELLED, "interrupted while waiting for the last answers");
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for the listener, without the lock that the delivery needs. */
  private void joinDelivery() throws InterruptedException {
    lock.unlock();
    try {
      delivery.join();
    } finally {
      lock.lock();
    }
  }

  private void requireOpen() {
    if (failure != null) {
      throw new SightlineException(
          failure.reason(),
          "the stream has failed: " + failure.getMessage(),
          failure.metadata(),
          failure);
    }
    if (closing) {
      throw new IllegalStateException("the stream is closed");
    }
  }

  private void supersede() {
    if (held != null) {
      supersede(held);
      held = null;
    }
  }

  private void supersede(Outgoing frame) {
    if (ledger.isUnanswered(frame)) {
      ledger.settled(frame, Unexplained.superseded(frame.sequence(), frame.generation()));
    } else {
      ledger.superseded(frame.sequence(), frame.generation());
    }
  }

  /** Sends what is held if there is room, and the end once nothing is held; under the lock. */
  private void pump() {
    Outgoing frame = held;
    if (frame != null && line.isReady()) {
      boolean again = ledger.isUnanswered(frame);
      if (again || ledger.hasRoom()) {
        held = null;
        if (!again) {
          ledger.sent(frame);
        }
        line.send(frame);
      }
    }
    line.proceed();
  }

  private void abandon(Reason reason, String why) {
    line.fail(new SightlineException(reason, why, Map.of(), null));
  }

  private void deliver() {
    while (true) {
      Runnable news = awaitNews();
      if (news == null) {
        break;
      }
      guarded(news);
    }
    SightlineException why = failure();
    if (why != null) {
      guarded(() -> listener.failed(why));
    }
  }

  /** What the listener is to be told next, or null at the end. */
  private @Nullable Runnable awaitNews() {
    lock.lock();
    try {
      while (true) {
        Runnable word = news.poll();
        if (word != null) {
          return word;
        }
        Answer answer = ledger.poll();
        if (answer != null) {
          return () -> listener.answered(answer);
        }
        Progress progress = ledger.pollProgress();
        if (progress != null) {
          return () -> listener.progress(progress);
        }
        if (ended) {
          return null;
        }
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private @Nullable SightlineException failure() {
    lock.lock();
    try {
      return failure;
    } finally {
      lock.unlock();
    }
  }

  private static void guarded(Runnable callback) {
    try {
      callback.run();
    } catch (RuntimeException | Error e) {
      LOG.warn("A live stream's listener failed; the stream goes on", e);
    }
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What comes of the stream's calls; under the lock. */
  private final class Traffic implements Line.Stream {
    @Override
    public void locked(Runnable change) {
      LiveStream.this.locked(change);
    }

    @Override
    public boolean hasMore() {
      return !closing || held != null;
    }

    @Override
    public void ready() {
      pump();
    }

    @Override
    public void answered(Outgoing frame, dev.sightline.v1.Explanation answer, Runnable taken) {
      heard++;
      try {
        ledger.answered(frame, answer, taken);
      } catch (SightlineException e) {
        line.fail(e);
      }
      pump();
    }

    @Override
    public void progressed(Outgoing frame, int done, int total) {
      heard++;
      ledger.progressed(frame, done, total);
    }

    @Override
    public void returned(List<Outgoing> frames) {
      for (Outgoing frame : frames) {
        if (held == null || held.sequence() < frame.sequence()) {
          supersede();
          held = frame;
        } else {
          supersede(frame);
        }
      }
    }

    @Override
    public void broken(List<Outgoing> frames, SightlineException why) {
      for (Outgoing frame : frames) {
        ledger.settled(frame, Unexplained.lost(frame.sequence(), frame.generation(), why));
      }
    }

    @Override
    public void interrupted(SightlineException why) {
      // A listener that was busy need not hear of every break that is long mended.
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
      if (why != null) {
        if (held != null && !ledger.isUnanswered(held)) {
          ledger.known(Unexplained.lost(held.sequence(), held.generation(), why));
        }
        held = null;
        ledger.lost(why);
      }
    }
  }
}
