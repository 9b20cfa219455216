package dev.sightline.client;

import dev.sightline.v1.Draining;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc.ExplanationServiceStub;
import dev.sightline.v1.Frame;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One streaming call: frames out, answers in. Frames are numbered anew where their own number is
 * not above the one before, for a frame that is sent again may come late. Everything happens under
 * the lock of the stream that the call is a part of.
 *
 * @param <Q> the requests
 * @param <A> the responses
 */
final class FrameCall<Q, A> implements ClientResponseObserver<Q, A> {

  /** Is told of the call, under the stream's lock, until it ended or was cancelled. */
  interface Owner {
    void locked(Runnable change);

    /** The transport takes messages, or more of them. */
    void ready(FrameCall<?, ?> call);

    /** The answer to a frame, with the frame's own number. */
    void answered(FrameCall<?, ?> call, Outgoing frame, Explanation answer);

    void progressed(FrameCall<?, ?> call, Outgoing frame, int done, int total);

    /** The server reads no more; those frames were not accepted. */
    void drained(FrameCall<?, ?> call, List<Outgoing> frames);

    /** The call is over; null if the server completed it. */
    void ended(FrameCall<?, ?> call, @Nullable Throwable failure);
  }

  private final Protocol<Q, A> protocol;
  private final Owner owner;
  private final int unreadAnswers;
  private final Deque<Sent> unanswered = new ArrayDeque<>();
  private @Nullable ClientCallStreamObserver<Q> requests;
  private long number;
  private long generation;
  private boolean connected;
  private boolean halfClosed;
  private boolean draining;
  private boolean over;

  /** A call to be opened, in which at most that many answers wait to be read. */
  FrameCall(Protocol<Q, A> protocol, Owner owner, int unreadAnswers) {
    this.protocol = protocol;
    this.owner = owner;
    this.unreadAnswers = unreadAnswers;
  }

  void open(ExplanationServiceStub stub) {
    protocol.open(stub, this);
  }

  /** Whether the transport ever took messages. */
  boolean wasConnected() {
    return connected;
  }

  boolean isHalfClosed() {
    return halfClosed;
  }

  /** Whether a frame may be sent now. */
  boolean isReady() {
    return !over && !halfClosed && !draining && requests != null && requests.isReady();
  }

  /** Sends a frame, after its options where they are not those of the frame before. */
  void send(Outgoing frame) {
    if (frame.generation() != generation) {
      generation = frame.generation();
      requests().onNext(protocol.options(frame.options().toProto()));
    }
    // The transport takes messages, if its word of that is still on the way too.
    connected = true;
    number = Math.max(number + 1, frame.sequence());
    unanswered.add(new Sent(number, frame));
    requests()
        .onNext(
            protocol.frame(
                Frame.newBuilder().setSequence(number).setImage(frame.content()).build()));
  }

  void halfClose() {
    if (!halfClosed && !over) {
      halfClosed = true;
      requests().onCompleted();
    }
  }

  /** Ends the call; the owner hears no more of it. */
  void cancel(String why) {
    if (!over) {
      over = true;
      requests().cancel(why, null);
    }
  }

  /** Lets the server send another answer. */
  void request() {
    requests().request(1);
  }

  /** The frames without an answer, in order, which the call forgets. */
  List<Outgoing> takeUnanswered() {
    List<Outgoing> frames = unanswered.stream().map(Sent::frame).toList();
    unanswered.clear();
    return frames;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> stream) {
    stream.disableAutoRequestWithInitial(unreadAnswers);
    stream.setOnReadyHandler(
        () ->
            owner.locked(
                () -> {
                  if (!over) {
                    connected = true;
                    owner.ready(this);
                  }
                }));
    requests = stream;
  }

  @Override
  public void onNext(A response) {
    owner.locked(
        () -> {
          if (!over) {
            heard(protocol.event(response));
          }
        });
  }

  @Override
  public void onError(Throwable failure) {
    owner.locked(() -> end(failure));
  }

  @Override
  public void onCompleted() {
    owner.locked(() -> end(null));
  }

  private void end(@Nullable Throwable failure) {
    if (!over) {
      over = true;
      owner.ended(this, failure);
    }
  }

  private void heard(ExplainStreamResponse event) {
    switch (event.getEventCase()) {
      case EXPLANATION -> answered(event.getExplanation());
      case PROGRESS -> {
        request();
        for (Sent sent : unanswered) {
          if (sent.number == event.getProgress().getSequence()) {
            owner.progressed(
                this, sent.frame, event.getProgress().getDone(), event.getProgress().getTotal());
          }
        }
      }
      case DRAINING -> {
        request();
        drained(event.getDraining());
      }
      // An event that this client does not know; only answers wait to be read.
      case EVENT_NOT_SET -> request();
    }
  }

  private void answered(Explanation answer) {
    Sent oldest = unanswered.peek();
    if (oldest == null || oldest.number != answer.getSequence()) {
      String due = oldest == null ? "none was due" : oldest.number + " was due";
      String why = "the server answered image " + answer.getSequence() + " when " + due;
      cancel(why);
      owner.ended(this, SightlineException.protocol(why));
      return;
    }
    unanswered.remove();
    owner.answered(
        this,
        oldest.frame,
        oldest.number == oldest.frame.sequence()
            ? answer
            : answer.toBuilder().setSequence(oldest.frame.sequence()).build());
  }

  private void drained(Draining notice) {
    if (draining) {
      return;
    }
    draining = true;
    List<Outgoing> returned = new ArrayList<>();
    while (!unanswered.isEmpty()
        && (!notice.hasLastSequence() || unanswered.getLast().number > notice.getLastSequence())) {
      returned.add(0, unanswered.removeLast().frame);
    }
    owner.drained(this, returned);
  }

  private ClientCallStreamObserver<Q> requests() {
    if (requests == null) {
      throw new IllegalStateException("the call was not opened");
    }
    return requests;
  }

  private record Sent(long number, Outgoing frame) {}
}
