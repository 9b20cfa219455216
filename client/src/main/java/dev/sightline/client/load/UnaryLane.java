package dev.sightline.client.load;

import dev.sightline.client.Image;
import dev.sightline.client.SightlineClient;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A caller of single images, each a call, however many are under way. */
final class UnaryLane implements Lane {
  private final SightlineClient client;
  private final Asked asked;
  private final boolean expand;
  private final Duration longestWait;
  private final Consumer<Delivery> sink;
  private int open;

  UnaryLane(
      SightlineClient client,
      Asked asked,
      boolean expand,
      Duration longestWait,
      Consumer<Delivery> sink) {
    this.client = client;
    this.asked = asked;
    this.expand = expand;
    this.longestWait = longestWait;
    this.sink = sink;
  }

  @Override
  public void send(long due, Image image) {
    ExplainRequest request =
        ExplainRequest.newBuilder()
            .setOptions(asked.options().toProto())
            .setImage(content(image))
            .build();
    synchronized (this) {
      open++;
    }
    client
        .stub()
        .withDeadlineAfter(longestWait.toNanos(), TimeUnit.NANOSECONDS)
        .explain(request, new Answered(due));
  }

  /** The bytes of an image that is read before the load begins. */
  static dev.sightline.v1.Image content(Image image) {
    try {
      return image.toProto();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void close(Duration patience) {
    // Calls end by their own deadlines; the second is for their callbacks.
    long until = System.nanoTime() + patience.plusSeconds(1).toNanos();
    try {
      for (long left = 1; open > 0 && left > 0; left = until - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, until - System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void over() {
    open--;
    notifyAll();
  }

  private final class Answered implements StreamObserver<ExplainResponse> {
    private final long due;
    private final AtomicBoolean told = new AtomicBoolean();

    Answered(long due) {
      this.due = due;
    }

    @Override
    public void onNext(ExplainResponse answer) {
      tell(Wire.delivery(asked, due, answer.getExplanation(), expand));
    }

    @Override
    public void onError(Throwable failure) {
      tell(Wire.failure(asked, due, failure));
      over();
    }

    @Override
    public void onCompleted() {
      tell(
          Delivery.without(
              asked, due, Delivery.Fate.LOST, "lost: protocol", "the call has no answer"));
      over();
    }

    private void tell(Delivery delivery) {
      if (told.compareAndSet(false, true)) {
        sink.accept(delivery);
      }
    }
  }
}
