package dev.sightline.server.grpc;

import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Notes what a call answers, and waits for it. */
public final class RecordingObserver<A> implements StreamObserver<A> {
  private static final long SECONDS = 20;

  private final List<A> answers = new ArrayList<>();
  private final CompletableFuture<Void> end = new CompletableFuture<>();

  @Override
  public synchronized void onNext(A answer) {
    answers.add(answer);
    notifyAll();
  }

  @Override
  public void onError(Throwable error) {
    end.completeExceptionally(error);
  }

  @Override
  public void onCompleted() {
    end.complete(null);
  }

  public synchronized List<A> await(int count) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (answers.size() < count) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError(
            "%d answers instead of %d, end: %s".formatted(answers.size(), count, end));
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return List.copyOf(answers);
  }

  /** Whether the call has ended, well or not. */
  public boolean isOver() {
    return end.isDone();
  }

  public void awaitCompletion() throws Exception {
    end.get(SECONDS, TimeUnit.SECONDS);
  }

  public Throwable awaitError() throws InterruptedException, TimeoutException {
    try {
      end.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      return cause == null ? e : cause;
    }
    throw new AssertionError("the call ended well");
  }
}
