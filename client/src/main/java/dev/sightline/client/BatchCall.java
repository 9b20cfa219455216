package dev.sightline.client;

import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One call of ExplainBatch as an iterator of its answers. The thread that asks for an answer is the
 * one that takes images from their source and sends them: as many as the transport and a window
 * take, so that neither side holds the whole batch.
 */
final class BatchCall
    implements Iterator<Answer>,
        AutoCloseable,
        ClientResponseObserver<ExplainBatchRequest, ExplainBatchResponse> {
  private static final int WINDOW_IMAGES = 32;
  private static final long WINDOW_BYTES = 16 << 20;

  private final Iterator<Image> images;
  private final Consumer<Progress> listener;
  private final String server;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Ledger ledger = new Ledger(WINDOW_IMAGES, WINDOW_BYTES);
  private @Nullable ClientCallStreamObserver<ExplainBatchRequest> call;
  private @Nullable SightlineException failure;
  private long changes;
  private boolean ended;
  private boolean allSent;
  private long sequence;
  private long handedOut;
  private @Nullable Answer next;

  /**
   * Opens the call.
   *
   * @param patience the longest wait for the next answer, or for word of how far it is
   * @param listener is told how far images are, by the thread that asks for answers
   */
  BatchCall(
      ExplanationServiceGrpc.ExplanationServiceStub stub,
      String server,
      Duration patience,
      Options options,
      Iterator<Image> images,
      Consumer<Progress> listener) {
    this.images = images;
    this.listener = listener;
    this.server = server;
    this.patience = patience;
    stub.explainBatch(this);
    call().onNext(ExplainBatchRequest.newBuilder().setOptions(options.toProto()).build());
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
    call().cancel("the answers are no longer wanted", null);
  }

  private @Nullable Answer advance() {
    try {
      while (true) {
        send();
        Progress progress;
        lock.lock();
        try {
          Answer answer = ledger.poll();
          if (answer != null) {
            request(ledger.taken());
            handedOut++;
            return answer;
          }
          if (failure != null) {
            throw failure;
          }
          if (ended) {
            requireNothingLost();
            return null;
          }
          progress = ledger.pollProgress();
          if (progress == null && !canSend()) {
            awaitChange();
          }
        } finally {
          lock.unlock();
        }
        if (progress != null) {
          listener.accept(progress);
        }
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void send() {
    while (canSend()) {
      if (!images.hasNext()) {
        allSent = true;
        call().onCompleted();
        return;
      }
      Image image = images.next();
      sequence++;
      dev.sightline.v1.Image content;
      try {
        content = image.toProto();
      } catch (IOException e) {
        lock.lock();
        try {
          ledger.known(Unexplained.unreadable(sequence, 1, Failures.unreadable(e)));
        } finally {
          lock.unlock();
        }
        return;
      }
      lock.lock();
      try {
        ledger.sent(sequence, 1, image, content.getSerializedSize());
      } finally {
        lock.unlock();
      }
      call()
          .onNext(
              ExplainBatchRequest.newBuilder()
                  .setFrame(Frame.newBuilder().setSequence(sequence).setImage(content))
                  .build());
    }
  }

  private boolean canSend() {
    lock.lock();
    try {
      return !allSent && !ended && call().isReady() && hasRoom();
    } finally {
      lock.unlock();
    }
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
        if (left <= 0) {
          throw new SightlineException(
              Reason.DEADLINE_EXCEEDED,
              "the server at " + server + " gave no answer for " + patience.toMillis() + " ms",
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

  private void requireNothingLost() {
    if (!allSent || ledger.unanswered() > 0) {
      throw SightlineException.protocol("the server ended the batch before its last answer");
    }
  }

  /** Asks for as many more answers; transports do not take "none" for a number. */
  private void request(int answers) {
    if (answers > 0) {
      call().request(answers);
    }
  }

  private ClientCallStreamObserver<ExplainBatchRequest> call() {
    if (call == null) {
      throw new IllegalStateException("the call was not started");
    }
    return call;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<ExplainBatchRequest> requests) {
    call = requests;
    requests.disableAutoRequestWithInitial(WINDOW_IMAGES);
    requests.setOnReadyHandler(() -> change(() -> {}));
  }

  @Override
  public void onNext(ExplainBatchResponse response) {
    change(
        () -> {
          switch (response.getEventCase()) {
            case EXPLANATION -> ledger.answered(response.getExplanation());
            case PROGRESS -> {
              ledger.progressed(response.getProgress());
              request(1);
            }
            // An event that this client does not know; only answers take room in the window.
            case EVENT_NOT_SET -> request(1);
          }
        });
  }

  @Override
  public void onError(Throwable error) {
    change(
        () -> {
          ended = true;
          if (failure == null) {
            failure = Failures.of(error, server);
          }
        });
  }

  @Override
  public void onCompleted() {
    change(() -> ended = true);
  }

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
    } catch (SightlineException e) {
      failure = e;
    } finally {
      changes++;
      changed.signalAll();
      lock.unlock();
    }
  }
}
