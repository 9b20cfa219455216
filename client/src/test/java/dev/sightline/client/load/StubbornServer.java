package dev.sightline.client.load;

import dev.sightline.client.FakeAnswers;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainResponse;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc.ExplanationServiceImplBase;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Image;
import dev.sightline.v1.Method;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** A server on loopback that keeps answers back as a test wants it. One thread answers. */
final class StubbornServer extends ExplanationServiceImplBase implements AutoCloseable {
  final AtomicInteger frames = new AtomicInteger();
  final AtomicInteger mostUnanswered = new AtomicInteger();

  /** What came over streams, in order. */
  final List<Image> images = Collections.synchronizedList(new ArrayList<>());

  final Map<Method, Integer> methods = new ConcurrentHashMap<>();
  private final Server server;
  private int kept;
  private int swallowed = -1;
  private int stalledAt = -1;
  private long stallMillis;

  StubbornServer() throws IOException {
    server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .addService(this)
            .build()
            .start();
  }

  /** Keeps so many frames of every stream unanswered until the stream ends. */
  StubbornServer keeping(int frames) {
    kept = frames;
    return this;
  }

  /** Never answers that frame of all. */
  StubbornServer swallowing(int frame) {
    swallowed = frame;
    return this;
  }

  /** Does nothing for that time when that frame of all comes. */
  StubbornServer stalling(int frame, long millis) {
    stalledAt = frame;
    stallMillis = millis;
    return this;
  }

  String address() {
    return "127.0.0.1:" + server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  @Override
  public StreamObserver<ExplainStreamRequest> explainStream(
      StreamObserver<ExplainStreamResponse> answers) {
    Frames stream =
        new Frames(
            answer ->
                answers.onNext(ExplainStreamResponse.newBuilder().setExplanation(answer).build()),
            answers::onCompleted);
    return observer(
        request -> {
          if (request.hasOptions()) {
            stream.options = request.getOptions();
          } else {
            stream.take(request.getFrame());
          }
        },
        stream);
  }

  @Override
  public StreamObserver<ExplainBatchRequest> explainBatch(
      StreamObserver<ExplainBatchResponse> answers) {
    Frames stream =
        new Frames(
            answer ->
                answers.onNext(ExplainBatchResponse.newBuilder().setExplanation(answer).build()),
            answers::onCompleted);
    return observer(
        request -> {
          if (request.hasOptions()) {
            stream.options = request.getOptions();
          } else {
            stream.take(request.getFrame());
          }
        },
        stream);
  }

  @Override
  public void explain(ExplainRequest request, StreamObserver<ExplainResponse> answer) {
    if (frames.incrementAndGet() != swallowed) {
      answer.onNext(
          ExplainResponse.newBuilder()
              .setExplanation(FakeAnswers.answer(0, request.getOptions(), request.getImage()))
              .build());
      answer.onCompleted();
    }
  }

  private static <Q> StreamObserver<Q> observer(Consumer<Q> taking, Frames stream) {
    return new StreamObserver<>() {
      @Override
      public void onNext(Q request) {
        taking.accept(request);
      }

      @Override
      public void onError(Throwable cancelled) {}

      @Override
      public void onCompleted() {
        stream.end();
      }
    };
  }

  /** One stream; gRPC calls it by one thread at a time. */
  private final class Frames {
    private final Consumer<Explanation> answers;
    private final Runnable completed;
    private final Deque<Frame> unanswered = new ArrayDeque<>();
    private ExplainOptions options = ExplainOptions.getDefaultInstance();
    private Frame explained = Frame.getDefaultInstance();

    Frames(Consumer<Explanation> answers, Runnable completed) {
      this.answers = answers;
      this.completed = completed;
    }

    void take(Frame frame) {
      int number = frames.incrementAndGet();
      images.add(frame.getImage());
      options.getMethodsList().forEach(method -> methods.merge(method, 1, Integer::sum));
      if (number == stalledAt) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(stallMillis);
        while (System.nanoTime() < until) {
          LockSupport.parkNanos(until - System.nanoTime());
        }
      }
      if (number == swallowed) {
        return;
      }
      unanswered.add(frame);
      mostUnanswered.accumulateAndGet(unanswered.size(), Math::max);
      while (unanswered.size() >= Math.max(1, kept)) {
        answer();
      }
    }

    void end() {
      while (!unanswered.isEmpty()) {
        answer();
      }
      completed.run();
    }

    private void answer() {
      Frame frame = unanswered.remove();
      if (options.getUnchangedWithin() > 0 && frame.getImage().equals(explained.getImage())) {
        answers.accept(FakeAnswers.unchanged(frame.getSequence(), explained.getSequence()));
        return;
      }
      explained = frame;
      answers.accept(
          FakeAnswers.answer(frame.getSequence(), options, frame.getImage()).toBuilder()
              .setGeneration(1)
              .build());
    }
  }
}
