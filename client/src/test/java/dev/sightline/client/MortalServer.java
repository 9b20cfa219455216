package dev.sightline.client;

import dev.sightline.v1.Draining;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Prediction;
import dev.sightline.v1.Problem;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A server that may drain, die, and come back on the same port. An image is a number in its bytes;
 * its answer has the number as the image's width, and the options' model as its model. Answers come
 * when the test says so, or at once.
 */
final class MortalServer implements AutoCloseable {
  private final List<Call> calls = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private @Nullable Server server;
  private int port;
  private boolean answering;
  private boolean draining;
  private int opened;

  MortalServer() throws IOException {
    start();
  }

  static Image image(long number) {
    return Image.encoded(Long.toString(number).getBytes(StandardCharsets.UTF_8));
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  /** Comes back, if it is not there. */
  void start() throws IOException {
    int wanted = port;
    Server started =
        FakeServer.started(
            () ->
                NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted))
                    .permitKeepAliveTime(1, TimeUnit.SECONDS)
                    .addService(new Explanations()));
    synchronized (this) {
      server = started;
      port = started.getPort();
      draining = false;
    }
  }

  synchronized boolean isUp() {
    return server != null;
  }

  synchronized boolean isDraining() {
    return draining;
  }

  /** Whether every call of a server that drains has come to its end. */
  synchronized boolean isDrained() {
    return draining && calls.isEmpty();
  }

  synchronized void awaitDrained() throws InterruptedException {
    while (!isDrained()) {
      wait(100);
    }
  }

  synchronized int waiting() {
    return calls.stream().mapToInt(call -> call.accepted.size()).sum();
  }

  synchronized int opened() {
    return opened;
  }

  /** What the clients did that no client may do. */
  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  /** Waits until that many frames wait for their answers. */
  synchronized void awaitFrames(int frames) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (waiting() < frames) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        throw new AssertionError("no " + frames + " frames came for ten seconds");
      }
      wait(left);
    }
  }

  /** Answers the oldest frame of that call, counted round those that are open. */
  synchronized void answerOne(int which, boolean superseded) {
    if (!calls.isEmpty()) {
      calls.get(which % calls.size()).answer(superseded);
    }
  }

  /** Whether frames are answered as they come; those that wait are answered when that begins. */
  synchronized void answering(boolean atOnce) {
    answering = atOnce;
    if (atOnce) {
      for (Call call : List.copyOf(calls)) {
        call.answerAll();
      }
    }
  }

  /** Tells one call that no more of it is read, and forgets the last frames of it. */
  synchronized void drainCall(int which, int forgotten) {
    if (!calls.isEmpty()) {
      calls.get(which % calls.size()).drain(forgotten);
    }
  }

  /** Drains every call, takes no more, and is gone when the last frame is answered. */
  void drain(int forgotten) {
    Server going;
    synchronized (this) {
      going = server;
      draining = true;
      for (Call call : List.copyOf(calls)) {
        call.drain(forgotten);
      }
    }
    if (going != null) {
      going.shutdown();
    }
  }

  /** Is gone once its clients have read the last of what it said; for one that is drained. */
  void leave() throws InterruptedException {
    Server leaving;
    synchronized (this) {
      leaving = server;
    }
    if (leaving != null) {
      leaving.shutdown().awaitTermination(10, TimeUnit.SECONDS);
    }
    kill();
  }

  /** Is gone at once. */
  void kill() throws InterruptedException {
    Server killed = end();
    if (killed != null) {
      killed.awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    end();
  }

  private synchronized @Nullable Server end() {
    Server ended = server;
    server = null;
    calls.forEach(call -> call.over = true);
    calls.clear();
    return ended == null ? null : ended.shutdownNow();
  }

  private final class Call implements StreamObserver<ExplainStreamRequest> {
    private final Consumer<ExplainStreamResponse> events;
    private final StreamObserver<?> response;
    private final Deque<Explanation.Builder> accepted = new ArrayDeque<>();
    private ExplainOptions options = ExplainOptions.getDefaultInstance();
    private int generation;
    private long last;
    private long lastAnswered;
    private boolean noticed;
    private boolean halfClosed;
    private boolean over;

    Call(Consumer<ExplainStreamResponse> events, StreamObserver<?> response) {
      this.events = events;
      this.response = response;
    }

    @Override
    public void onNext(ExplainStreamRequest request) {
      synchronized (MortalServer.this) {
        if (request.hasOptions()) {
          options = request.getOptions();
          generation++;
        } else {
          accept(request.getFrame());
        }
      }
    }

    private void accept(Frame frame) {
      if (generation == 0) {
        violations.add("frame " + frame.getSequence() + " came before options");
      }
      if (frame.getSequence() <= last) {
        violations.add("frame " + frame.getSequence() + " came after " + last);
      }
      last = frame.getSequence();
      if (noticed || over) {
        return;
      }
      int number = Integer.parseInt(frame.getImage().getEncoded().toStringUtf8());
      accepted.add(
          Explanation.newBuilder()
              .setSequence(frame.getSequence())
              .setGeneration(generation)
              .setModel(options.getModel())
              .setImageWidth(number)
              .addPredictions(Prediction.newBuilder().setLabel("tabby")));
      MortalServer.this.notifyAll();
      if (answering) {
        answerAll();
      }
    }

    void answerAll() {
      while (!accepted.isEmpty()) {
        answer(false);
      }
    }

    void answer(boolean superseded) {
      Explanation.Builder answer = accepted.poll();
      if (answer != null && !over) {
        answer.setOutcome(superseded ? Outcome.OUTCOME_SUPERSEDED : Outcome.OUTCOME_EXPLAINED);
        events.accept(ExplainStreamResponse.newBuilder().setExplanation(answer).build());
        lastAnswered = answer.getSequence();
        endIfDone();
      }
    }

    void drain(int forgotten) {
      if (noticed || over) {
        return;
      }
      noticed = true;
      for (int i = 0; i < forgotten; i++) {
        accepted.pollLast();
      }
      long lastAccepted = accepted.isEmpty() ? lastAnswered : accepted.getLast().getSequence();
      Draining.Builder notice = Draining.newBuilder();
      if (lastAccepted > 0) {
        notice.setLastSequence(lastAccepted);
      }
      events.accept(ExplainStreamResponse.newBuilder().setDraining(notice).build());
      endIfDone();
    }

    private void endIfDone() {
      if (!over && accepted.isEmpty() && (noticed || halfClosed)) {
        over = true;
        calls.remove(this);
        if (noticed) {
          response.onError(drainingStatus());
        } else {
          response.onCompleted();
        }
      }
    }

    @Override
    public void onError(Throwable gone) {
      synchronized (MortalServer.this) {
        over = true;
        calls.remove(this);
      }
    }

    @Override
    public void onCompleted() {
      synchronized (MortalServer.this) {
        halfClosed = true;
        endIfDone();
      }
    }
  }

  private static Throwable drainingStatus() {
    return FakeServer.failure(
        Problem.newBuilder()
            .setReason(dev.sightline.v1.Reason.REASON_DRAINING)
            .setMessage("the server is going away")
            .build(),
        com.google.rpc.Code.UNAVAILABLE);
  }

  private StreamObserver<ExplainStreamRequest> opened(
      Consumer<ExplainStreamResponse> events, StreamObserver<?> response) {
    Call call = new Call(events, response);
    synchronized (this) {
      opened++;
      if (draining) {
        call.over = true;
        response.onError(drainingStatus());
      } else {
        calls.add(call);
      }
    }
    return call;
  }

  private final class Explanations extends ExplanationServiceGrpc.ExplanationServiceImplBase {
    @Override
    public StreamObserver<ExplainStreamRequest> explainStream(
        StreamObserver<ExplainStreamResponse> response) {
      return opened(response::onNext, response);
    }

    @Override
    public StreamObserver<ExplainBatchRequest> explainBatch(
        StreamObserver<ExplainBatchResponse> response) {
      StreamObserver<ExplainStreamRequest> call =
          opened(event -> response.onNext(FakeServer.asBatch(event)), response);
      return new StreamObserver<>() {
        @Override
        public void onNext(ExplainBatchRequest request) {
          call.onNext(FakeServer.asStream(request));
        }

        @Override
        public void onError(Throwable gone) {
          call.onError(gone);
        }

        @Override
        public void onCompleted() {
          call.onCompleted();
        }
      };
    }
  }
}
