package dev.sightline.client.load;

import dev.sightline.client.Image;
import dev.sightline.client.SightlineClient;
import dev.sightline.v1.Draining;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Frame;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An image batch without end. Frames that the server has no room for wait here, and their time runs
 * from when they were due. When a server drains the call, another one is opened for what it did not
 * take; when a call fails, all that waits for it is lost.
 */
final class BatchLane implements Lane {
  private final SightlineClient client;
  private final Asked asked;
  private final boolean expand;
  private final Consumer<Delivery> sink;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final List<Delivery> untold = new ArrayList<>();
  private final Set<Call> calls = new HashSet<>();
  private @Nullable Call current;
  private boolean closed;

  BatchLane(SightlineClient client, Asked asked, boolean expand, Consumer<Delivery> sink) {
    this.client = client;
    this.asked = asked;
    this.expand = expand;
    this.sink = sink;
  }

  @Override
  public void send(long due, Image image) {
    changed(
        () -> {
          if (closed) {
            unsent(due);
          } else {
            waiting.add(new Waiting(due, UnaryLane.content(image)));
          }
        });
  }

  @Override
  public void close(Duration patience) {
    changed(
        () -> {
          closed = true;
          waiting.forEach(frame -> unsent(frame.due));
          waiting.clear();
          if (current != null) {
            current.halfClose();
          }
        });
    long until = System.nanoTime() + patience.toNanos();
    synchronized (this) {
      try {
        for (long left = patience.toNanos(); !calls.isEmpty() && left > 0; ) {
          wait(left / 1_000_000, (int) (left % 1_000_000));
          left = until - System.nanoTime();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    changed(
        () ->
            List.copyOf(calls)
                .forEach(
                    call ->
                        call.abandon(
                            Delivery.Fate.LOST,
                            "lost: deadline-exceeded",
                            "no answer came in time")));
  }

  /** Changes something and tells what came of it, the latter without the lock. */
  private void changed(Runnable change) {
    List<Delivery> told;
    synchronized (this) {
      change.run();
      pump();
      told = List.copyOf(untold);
      untold.clear();
      notifyAll();
    }
    told.forEach(sink);
  }

  private void pump() {
    while (!waiting.isEmpty()) {
      if (current == null) {
        current = new Call();
        calls.add(current);
        client.stub().explainBatch(current);
      }
      if (current == null || !current.isReady()) {
        return;
      }
      current.send(waiting.remove());
    }
  }

  private void unsent(long due) {
    untold.add(
        Delivery.without(
            asked,
            due,
            Delivery.Fate.UNSENT,
            "unsent",
            "the server took no more until the load was over"));
  }

  private record Waiting(long due, dev.sightline.v1.Image image) {}

  private record Sent(long number, Waiting frame) {}

  /** One call of ExplainBatch; all but gRPC's callbacks happens under the lane's lock. */
  private final class Call
      implements ClientResponseObserver<ExplainBatchRequest, ExplainBatchResponse> {
    private final Deque<Sent> unanswered = new ArrayDeque<>();
    private @Nullable ClientCallStreamObserver<ExplainBatchRequest> requests;
    private long number;

    boolean isReady() {
      return requests != null && requests.isReady();
    }

    void send(Waiting frame) {
      if (requests == null) {
        throw new IllegalStateException("the call was not opened");
      }
      if (number == 0) {
        requests.onNext(
            ExplainBatchRequest.newBuilder().setOptions(asked.options().toProto()).build());
      }
      unanswered.add(new Sent(++number, frame));
      requests.onNext(
          ExplainBatchRequest.newBuilder()
              .setFrame(Frame.newBuilder().setSequence(number).setImage(frame.image))
              .build());
    }

    void halfClose() {
      if (requests != null) {
        requests.onCompleted();
      }
    }

    /** Ends the call, and all that waits for it the same way. */
    void abandon(Delivery.Fate fate, String reason, String message) {
      calls.remove(this);
      List<Waiting> left = new ArrayList<>(unanswered.stream().map(Sent::frame).toList());
      unanswered.clear();
      if (current == this) {
        current = null;
        left.addAll(waiting);
        waiting.clear();
      }
      left.forEach(frame -> untold.add(Delivery.without(asked, frame.due, fate, reason, message)));
      if (requests != null) {
        requests.cancel(message, null);
      }
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ExplainBatchRequest> stream) {
      requests = stream;
      stream.setOnReadyHandler(() -> changed(() -> {}));
    }

    @Override
    public void onNext(ExplainBatchResponse response) {
      changed(
          () -> {
            if (response.hasExplanation() && calls.contains(this)) {
              answered(response.getExplanation());
            } else if (response.hasDraining() && current == this) {
              drained(response.getDraining());
            }
          });
    }

    private void answered(Explanation answer) {
      Sent oldest = unanswered.peek();
      if (oldest == null || oldest.number != answer.getSequence()) {
        abandon(
            Delivery.Fate.LOST,
            "lost: protocol",
            "the server answered image "
                + answer.getSequence()
                + " when "
                + (oldest == null ? "none" : oldest.number)
                + " was due");
        return;
      }
      unanswered.remove();
      untold.add(Wire.delivery(asked, oldest.frame.due, answer, expand));
    }

    private void drained(Draining notice) {
      current = null;
      while (!unanswered.isEmpty() && unanswered.getLast().number > notice.getLastSequence()) {
        Waiting frame = unanswered.removeLast().frame;
        if (closed) {
          unsent(frame.due);
        } else {
          waiting.addFirst(frame);
        }
      }
      halfClose();
    }

    @Override
    public void onError(Throwable failure) {
      changed(
          () -> {
            if (calls.contains(this)) {
              Delivery why = Wire.failure(asked, 0, failure);
              abandon(why.fate(), why.reason(), why.message());
            }
          });
    }

    @Override
    public void onCompleted() {
      changed(
          () -> {
            if (calls.contains(this)) {
              abandon(Delivery.Fate.LOST, "lost: protocol", "the server ended the batch early");
            }
          });
    }
  }
}
