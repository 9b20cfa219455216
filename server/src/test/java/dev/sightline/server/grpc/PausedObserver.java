package dev.sightline.server.grpc;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A client that reads nothing until it is told to. */
public final class PausedObserver<Q, A> implements ClientResponseObserver<Q, A> {
  private final RecordingObserver<A> answers = new RecordingObserver<>();
  private volatile @Nullable ClientCallStreamObserver<Q> call;

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> started) {
    call = started;
    started.disableAutoRequestWithInitial(0);
  }

  void readAll() {
    read(Integer.MAX_VALUE);
  }

  /** Reads that many more answers, as they come. */
  public void read(int count) {
    Objects.requireNonNull(call).request(count);
  }

  List<A> received() throws InterruptedException {
    return await(0);
  }

  public List<A> await(int count) throws InterruptedException {
    return answers.await(count);
  }

  void awaitCompletion() throws Exception {
    answers.awaitCompletion();
  }

  @Override
  public void onNext(A answer) {
    answers.onNext(answer);
  }

  @Override
  public void onError(Throwable error) {
    answers.onError(error);
  }

  @Override
  public void onCompleted() {
    answers.onCompleted();
  }
}
