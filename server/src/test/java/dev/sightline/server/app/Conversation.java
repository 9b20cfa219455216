package dev.sightline.server.app;

import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.ExplanationServiceGrpc.ExplanationServiceStub;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A call with several messages, of a live stream or a batch, from its first to its end. */
final class Conversation {
  private static final long SECONDS = 60;

  private final List<Explanation> answers = new ArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private @Nullable Throwable failure;

  /** Says all of that, and waits for the end. */
  Conversation(Channel channel, boolean live, List<ExplainStreamRequest> messages)
      throws InterruptedException {
    ExplanationServiceStub stub = ExplanationServiceGrpc.newStub(channel);
    if (live) {
      say(
          messages,
          stub.explainStream(observer(ExplainStreamResponse::getExplanation)),
          message -> message);
    } else {
      say(
          messages,
          stub.explainBatch(observer(ExplainBatchResponse::getExplanation)),
          Conversation::ofBatch);
    }
    if (!end.await(SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("no end after " + answers().size() + " answers");
    }
  }

  private static ExplainBatchRequest ofBatch(ExplainStreamRequest message) {
    ExplainBatchRequest.Builder same = ExplainBatchRequest.newBuilder();
    return switch (message.getMessageCase()) {
      case OPTIONS -> same.setOptions(message.getOptions()).build();
      case FRAME -> same.setFrame(message.getFrame()).build();
      case MESSAGE_NOT_SET -> same.build();
    };
  }

  private static <Q> void say(
      List<ExplainStreamRequest> messages,
      StreamObserver<Q> requests,
      Function<ExplainStreamRequest, Q> of) {
    messages.forEach(message -> requests.onNext(of.apply(message)));
    requests.onCompleted();
  }

  private <A> StreamObserver<A> observer(Function<A, Explanation> explanation) {
    return new StreamObserver<>() {
      @Override
      public void onNext(A answer) {
        synchronized (answers) {
          answers.add(explanation.apply(answer));
        }
      }

      @Override
      public void onError(Throwable error) {
        failure = error;
        end.countDown();
      }

      @Override
      public void onCompleted() {
        end.countDown();
      }
    };
  }

  /** All answers in their order. */
  List<Explanation> answers() {
    synchronized (answers) {
      return List.copyOf(answers);
    }
  }

  /** What the call failed with; null if it ended well. */
  @Nullable Throwable failure() {
    return failure;
  }
}
