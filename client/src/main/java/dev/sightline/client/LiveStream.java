package dev.sightline.client;

import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A live stream, in which the newest frame wins: at the server while one is being explained, and
 * here while the network does not keep up. Every frame that was sent gets exactly one answer, in
 * order. Thread-safe.
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

  private final String server;
  private final Duration patience;
  private final LiveListener listener;
  private final Thread delivery;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Ledger ledger = new Ledger(WINDOW_FRAMES, WINDOW_BYTES);
  private @Nullable ClientCallStreamObserver<ExplainStreamRequest> call;
  private Options options;
  private long generation = 1;
  private long sentGeneration;
  private long sequence;
  private @Nullable Held held;
  private boolean closing;
  private boolean halfClosed;
  private boolean ended;
  private long heard;
  private @Nullable SightlineException failure;

  LiveStream(
      ExplanationServiceGrpc.ExplanationServiceStub stub,
      String server,
      Duration patience,
      Options options,
      LiveListener listener) {
    this.server = server;
    this.patience = patience;
    this.options = options;
    this.listener = listener;
    this.delivery = new Thread(this::deliver, "sightline-live-" + COUNT.incrementAndGet());
    delivery.setDaemon(true);
    stub.explainStream(new Responses());
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
      held = new Held(++sequence, generation, options, image, content);
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
      ledger.superseded(held.sequence, held.generation);
      held = null;
    }
  }

  /** Sends what is held if there is room, and the end once nothing is held; under the lock. */
  private void pump() {
    ClientCallStreamObserver<ExplainStreamRequest> out = call;
    if (out == null || ended || halfClosed) {
      return;
    }
    Held frame = held;
    if (frame != null && out.isReady() && ledger.hasRoom()) {
      held = null;
      ledger.sent(frame.sequence, frame.generation, frame.image, frame.content.getSerializedSize());
      if (frame.generation != sentGeneration) {
        sentGeneration = frame.generation;
        out.onNext(ExplainStreamRequest.newBuilder().setOptions(frame.options.toProto()).build());
      }
      out.onNext(
          ExplainStreamRequest.newBuilder()
              .setFrame(Frame.newBuilder().setSequence(frame.sequence).setImage(frame.content))
              .build());
    }
    if (closing && held == null) {
      halfClosed = true;
      out.onCompleted();
    }
  }

  private void abandon(Reason reason, String why) {
    end(new SightlineException(reason, why, Map.of(), null));
    if (call != null) {
      call.cancel(why, null);
    }
  }

  /** Ends the stream once, with every frame answered; under the lock. */
  private void end(@Nullable SightlineException why) {
    if (ended) {
      return;
    }
    ended = true;
    failure = why;
    if (why == null && (held != null || ledger.unanswered() > 0 || !closing)) {
      failure = SightlineException.protocol("the server ended the stream early");
    }
    if (failure != null) {
      ledger.lost(failure);
      if (held != null) {
        ledger.known(Unexplained.lost(held.sequence, held.generation, failure));
        held = null;
      }
    }
    changed.signalAll();
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
        Answer answer = ledger.poll();
        if (answer != null) {
          int taken = ledger.taken();
          if (call != null && taken > 0) {
            call.request(taken);
          }
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

  /** A frame that waits for the network, with the options that it was sent under. */
  private record Held(
      long sequence,
      long generation,
      Options options,
      Image image,
      dev.sightline.v1.Image content) {}

  /** One call's answers. */
  private final class Responses
      implements ClientResponseObserver<ExplainStreamRequest, ExplainStreamResponse> {
    @Override
    public void beforeStart(ClientCallStreamObserver<ExplainStreamRequest> requests) {
      requests.disableAutoRequestWithInitial(UNREAD_ANSWERS);
      requests.setOnReadyHandler(() -> locked(LiveStream.this::pump));
      locked(() -> call = requests);
    }

    @Override
    public void onNext(ExplainStreamResponse response) {
      locked(
          () -> {
            if (ended) {
              return;
            }
            heard++;
            switch (response.getEventCase()) {
              case EXPLANATION -> answered(response.getExplanation());
              case PROGRESS -> {
                ledger.progressed(response.getProgress());
                requestAnother();
              }
              // An event that this client does not know; only answers wait to be read.
              case EVENT_NOT_SET -> requestAnother();
            }
          });
    }

    private void answered(dev.sightline.v1.Explanation explanation) {
      try {
        ledger.answered(explanation);
      } catch (SightlineException e) {
        abandon(e.reason(), String.valueOf(e.getMessage()));
      }
      pump();
    }

    private void requestAnother() {
      if (call != null) {
        call.request(1);
      }
    }

    @Override
    public void onError(Throwable error) {
      locked(() -> end(Failures.of(error, server)));
    }

    @Override
    public void onCompleted() {
      locked(() -> end(null));
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
  }
}
