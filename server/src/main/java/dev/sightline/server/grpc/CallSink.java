package dev.sightline.server.grpc;

import dev.sightline.server.batch.Refusal;
import dev.sightline.server.stream.AnswerSink;
import dev.sightline.v1.Draining;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Progress;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.function.Function;

/** The client's end of a streaming call; messages are let in one by one. */
final class CallSink<A> implements AnswerSink {
  private final ServerCallStreamObserver<A> call;
  private final Function<Explanation, A> response;
  private final Function<Progress, A> progress;
  private final Function<Draining, A> draining;

  CallSink(
      ServerCallStreamObserver<A> call,
      Function<Explanation, A> response,
      Function<Progress, A> progress,
      Function<Draining, A> draining) {
    this.call = call;
    this.response = response;
    this.progress = progress;
    this.draining = draining;
    call.disableAutoRequest();
  }

  @Override
  public boolean ready() {
    return call.isReady();
  }

  @Override
  public void send(Explanation explanation) {
    call.onNext(response.apply(explanation));
  }

  @Override
  public void progress(Progress how) {
    call.onNext(progress.apply(how));
  }

  @Override
  public void draining(Draining notice) {
    call.onNext(draining.apply(notice));
  }

  @Override
  public void complete() {
    call.onCompleted();
  }

  @Override
  public void fail(Refusal refusal) {
    call.onError(Statuses.of(refusal));
  }

  @Override
  public void read() {
    call.request(1);
  }
}
