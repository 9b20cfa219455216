package dev.sightline.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.rpc.ErrorInfo;
import dev.sightline.v1.Draining;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainResponse;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import dev.sightline.v1.GetModelRequest;
import dev.sightline.v1.GetModelResponse;
import dev.sightline.v1.Layer;
import dev.sightline.v1.ListModelsRequest;
import dev.sightline.v1.ListModelsResponse;
import dev.sightline.v1.Method;
import dev.sightline.v1.Model;
import dev.sightline.v1.ModelInput;
import dev.sightline.v1.ModelServiceGrpc;
import dev.sightline.v1.ModelSummary;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Problem;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A server without an engine. It answers single images and batches by itself; a live stream too,
 * unless the test takes it over with {@link #scripted()} and decides what is read and answered
 * when.
 */
public final class FakeServer implements AutoCloseable {
  private static final int MOST_TRIES = 250;

  /** The calls of ExplainBatch and ExplainStream, when scripted. */
  final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();

  private final List<ManagedChannel> channels = new CopyOnWriteArrayList<>();
  private final Server server;
  private final int port;
  private final String name = "fake-" + System.identityHashCode(this);
  private final AtomicInteger framesToLive = new AtomicInteger(Integer.MAX_VALUE);
  private final AtomicInteger modelCalls = new AtomicInteger();
  private volatile boolean scripted;
  private volatile ExplainOptions asked = ExplainOptions.getDefaultInstance();

  private final List<String> authorizations = new CopyOnWriteArrayList<>();

  /** On a port of the loopback, 0 for a free one, or, without credentials, within the process. */
  private FakeServer(int wanted, @Nullable ServerCredentials onLoopback) throws IOException {
    this.server =
        started(
            () ->
                (onLoopback != null
                        ? NettyServerBuilder.forAddress(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted),
                            onLoopback)
                        : InProcessServerBuilder.forName(name))
                    .intercept(new Authorizations())
                    .addService(new Explanations())
                    .addService(new Models()));
    this.port = server.getPort();
  }

  /** Starts a server; a client that tries to reach the port may have it for itself for a moment. */
  static Server started(Supplier<ServerBuilder<?>> server) throws IOException {
    for (int tries = 1; ; tries++) {
      try {
        return server.get().build().start();
      } catch (IOException taken) {
        if (tries == MOST_TRIES) {
          throw taken;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  static FakeServer inProcess() throws IOException {
    return new FakeServer(0, null);
  }

  /** Behind a real socket on a free port. */
  public static FakeServer onLoopback() throws IOException {
    return onLoopback(InsecureServerCredentials.create());
  }

  /** The same, encrypted. */
  public static FakeServer onLoopback(ServerCredentials credentials) throws IOException {
    return new FakeServer(0, credentials);
  }

  /** Dies when that many frames of batches and live streams came; who is back has its port. */
  public FakeServer dieAfter(int frames) {
    framesToLive.set(frames);
    return this;
  }

  /** Waits for the death and comes back. */
  public FakeServer comeBack() throws IOException, InterruptedException {
    if (!server.awaitTermination(20, TimeUnit.SECONDS)) {
      throw new AssertionError("the server still lives");
    }
    return new FakeServer(port, InsecureServerCredentials.create());
  }

  /** Leaves batches and live streams to the test. */
  FakeServer scripted() {
    scripted = true;
    return this;
  }

  public String address() {
    return "127.0.0.1:" + port;
  }

  /** The options that came last with a batch or a live stream that was not scripted. */
  public ExplainOptions asked() {
    return asked;
  }

  int modelCalls() {
    return modelCalls.get();
  }

  /** What each call said of who makes it; empty if nothing. */
  public List<String> authorizations() {
    return List.copyOf(authorizations);
  }

  ManagedChannel channel() {
    ManagedChannel channel = InProcessChannelBuilder.forName(name).build();
    channels.add(channel);
    return channel;
  }

  Call nextCall() throws InterruptedException {
    return taken(calls);
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.shutdownNow();
  }

  /** Closes it and waits until its connections are gone: before, it takes calls to cancel them. */
  void closed() throws InterruptedException {
    close();
    if (!server.awaitTermination(10, TimeUnit.SECONDS)) {
      throw new AssertionError("the server is still there after ten seconds");
    }
  }

  static <T> T taken(BlockingQueue<T> queue) throws InterruptedException {
    T item = queue.poll(10, TimeUnit.SECONDS);
    if (item == null) {
      throw new AssertionError("nothing came for ten seconds");
    }
    return item;
  }

  static StatusRuntimeException failure(Problem problem, com.google.rpc.Code code) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(problem.getMessage())
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain("sightline.dev")
                        .setReason(problem.getReason().name().substring("REASON_".length()))
                        .putAllMetadata(problem.getMetadataMap())
                        .build()))
            .build());
  }

  /** A live stream's event as a batch's. */
  static ExplainBatchResponse asBatch(ExplainStreamResponse event) {
    try {
      return ExplainBatchResponse.parseFrom(event.toByteString());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("the two events no longer have the same fields", e);
    }
  }

  /** A batch's message as a live stream's. */
  static ExplainStreamRequest asStream(ExplainBatchRequest request) {
    ExplainStreamRequest.Builder same = ExplainStreamRequest.newBuilder();
    return request.hasOptions()
        ? same.setOptions(request.getOptions()).build()
        : same.setFrame(request.getFrame()).build();
  }

  /** One streaming call, read only as far as the test asks. */
  static final class Call {
    /** The batch's requests are given as a live stream's, which have the same fields. */
    final BlockingQueue<ExplainStreamRequest> requests = new LinkedBlockingQueue<>();

    final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    private final ServerCallStreamObserver<?> observer;

    /** The batch's events are given as a live stream's, too. */
    private final Consumer<ExplainStreamResponse> events;

    Call(ServerCallStreamObserver<?> observer, Consumer<ExplainStreamResponse> events) {
      this.observer = observer;
      this.events = events;
    }

    void read(int messages) {
      observer.request(messages);
    }

    ExplainStreamRequest next() throws InterruptedException {
      return taken(requests);
    }

    /** Reads the options and that many frames. */
    void readFrames(int frames) throws InterruptedException {
      read(frames + 1);
      for (int i = 0; i < frames + 1; i++) {
        next();
      }
    }

    void explain(long sequence) {
      answer(
          FakeAnswers.answer(
              sequence, ExplainOptions.getDefaultInstance(), Pictures.encoded(4, 4)));
    }

    void supersede(long sequence) {
      answer(
          Explanation.newBuilder()
              .setSequence(sequence)
              .setOutcome(Outcome.OUTCOME_SUPERSEDED)
              .build());
    }

    void unchanged(long sequence, long since) {
      answer(FakeAnswers.unchanged(sequence, since));
    }

    void progress(long sequence, int done, int total) {
      events.accept(
          ExplainStreamResponse.newBuilder()
              .setProgress(
                  dev.sightline.v1.Progress.newBuilder()
                      .setSequence(sequence)
                      .setDone(done)
                      .setTotal(total))
              .build());
    }

    /** Says that no more is read; 0 for no frame. */
    void drain(long lastSequence) {
      Draining.Builder notice = Draining.newBuilder();
      if (lastSequence > 0) {
        notice.setLastSequence(lastSequence);
      }
      events.accept(ExplainStreamResponse.newBuilder().setDraining(notice).build());
    }

    /** An event as a newer server may send it. */
    void somethingNew() {
      events.accept(
          ExplainStreamResponse.newBuilder()
              .setUnknownFields(
                  UnknownFieldSet.newBuilder()
                      .addField(999, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                      .build())
              .build());
    }

    private void answer(Explanation explanation) {
      events.accept(ExplainStreamResponse.newBuilder().setExplanation(explanation).build());
    }

    boolean isReady() {
      return observer.isReady();
    }

    void complete() {
      observer.onCompleted();
    }

    void fail(Throwable failure) {
      observer.onError(failure);
    }
  }

  private final class Authorizations implements ServerInterceptor {
    private static final Metadata.Key<String> KEY =
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      authorizations.add(Objects.requireNonNullElse(headers.get(KEY), ""));
      return next.startCall(call, headers);
    }
  }

  private abstract class Answering<Q, A> implements StreamObserver<Q> {
    final ServerCallStreamObserver<A> observer;

    Answering(StreamObserver<A> observer) {
      this.observer = (ServerCallStreamObserver<A>) observer;
    }

    StreamObserver<Q> start() {
      if (!scripted) {
        return this;
      }
      observer.disableAutoRequest();
      Call call = new Call(observer, event -> observer.onNext(wrapped(event)));
      observer.setOnCancelHandler(() -> call.ends.add("cancelled"));
      calls.add(call);
      return new StreamObserver<>() {
        @Override
        public void onNext(Q request) {
          call.requests.add(asStream(request));
        }

        @Override
        public void onError(Throwable t) {}

        @Override
        public void onCompleted() {
          call.ends.add("completed");
        }
      };
    }

    abstract A wrapped(ExplainStreamResponse event);

    abstract ExplainStreamRequest asStream(Q request);

    Explanation answer(Frame frame, ExplainOptions under) {
      return FakeAnswers.answer(frame.getSequence(), under, frame.getImage());
    }

    private ExplainOptions options = ExplainOptions.getDefaultInstance();
    private long generation;

    @Override
    public void onNext(Q request) {
      ExplainStreamRequest message = asStream(request);
      if (message.hasOptions()) {
        options = message.getOptions();
        asked = options;
        generation++;
        return;
      }
      if (framesToLive.decrementAndGet() < 0) {
        server.shutdownNow();
        return;
      }
      Explanation answer = answer(message.getFrame(), options);
      observer.onNext(
          wrapped(
              ExplainStreamResponse.newBuilder()
                  .setExplanation(answer.toBuilder().setGeneration(generation))
                  .build()));
    }

    @Override
    public void onError(Throwable t) {}

    @Override
    public void onCompleted() {
      // The dead complete nothing.
      if (framesToLive.get() >= 0) {
        observer.onCompleted();
      }
    }
  }

  private final class Explanations extends ExplanationServiceGrpc.ExplanationServiceImplBase {
    @Override
    public void explain(ExplainRequest request, StreamObserver<ExplainResponse> response) {
      Explanation answer = FakeAnswers.answer(0, request.getOptions(), request.getImage());
      if (answer.getOutcome() != Outcome.OUTCOME_EXPLAINED) {
        response.onError(failure(answer.getProblem(), com.google.rpc.Code.INVALID_ARGUMENT));
        return;
      }
      response.onNext(ExplainResponse.newBuilder().setExplanation(answer).build());
      response.onCompleted();
    }

    @Override
    public StreamObserver<ExplainBatchRequest> explainBatch(
        StreamObserver<ExplainBatchResponse> response) {
      return new Answering<ExplainBatchRequest, ExplainBatchResponse>(response) {
        @Override
        ExplainBatchResponse wrapped(ExplainStreamResponse event) {
          return asBatch(event);
        }

        @Override
        ExplainStreamRequest asStream(ExplainBatchRequest request) {
          return FakeServer.asStream(request);
        }
      }.start();
    }

    @Override
    public StreamObserver<ExplainStreamRequest> explainStream(
        StreamObserver<ExplainStreamResponse> response) {
      return new Answering<ExplainStreamRequest, ExplainStreamResponse>(response) {
        @Override
        ExplainStreamResponse wrapped(ExplainStreamResponse event) {
          return event;
        }

        private Frame explained = Frame.getDefaultInstance();

        @Override
        ExplainStreamRequest asStream(ExplainStreamRequest request) {
          return request;
        }

        /** Only the very same image is unchanged. */
        @Override
        Explanation answer(Frame frame, ExplainOptions under) {
          if (under.getUnchangedWithin() > 0 && frame.getImage().equals(explained.getImage())) {
            return FakeAnswers.unchanged(frame.getSequence(), explained.getSequence());
          }
          Explanation answer = super.answer(frame, under);
          if (answer.getOutcome() == Outcome.OUTCOME_EXPLAINED) {
            explained = frame;
          }
          return answer;
        }
      }.start();
    }
  }

  private final class Models extends ModelServiceGrpc.ModelServiceImplBase {
    private static final ModelSummary SUMMARY =
        ModelSummary.newBuilder()
            .setName("fake-net")
            .setDescription("Five classes")
            .setIsDefault(true)
            .setClasses(5)
            .build();

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> response) {
      modelCalls.incrementAndGet();
      response.onNext(ListModelsResponse.newBuilder().addModels(SUMMARY).build());
      response.onCompleted();
    }

    @Override
    public void getModel(GetModelRequest request, StreamObserver<GetModelResponse> response) {
      if (!request.getName().isEmpty() && !request.getName().equals("fake-net")) {
        response.onError(
            failure(
                Problem.newBuilder()
                    .setReason(dev.sightline.v1.Reason.REASON_UNKNOWN_MODEL)
                    .setMessage("no model is named \"" + request.getName() + "\"")
                    .putMetadata("model", request.getName())
                    .build(),
                com.google.rpc.Code.NOT_FOUND));
        return;
      }
      response.onNext(
          GetModelResponse.newBuilder()
              .setModel(
                  Model.newBuilder()
                      .setSummary(SUMMARY)
                      .setInput(ModelInput.newBuilder().setChannels(3).setHeight(8).setWidth(8))
                      .addAllLabels(FakeAnswers.LABELS)
                      .addLayers(layer(FakeAnswers.EARLY_LAYER))
                      .addLayers(layer(FakeAnswers.LAYER).addMethods(Method.METHOD_CAM))
                      .setDefaultLayer(FakeAnswers.LAYER)
                      .addMethods(Method.METHOD_RISE)
                      .addMethodsValue(999))
              .build());
      response.onCompleted();
    }

    private static Layer.Builder layer(String name) {
      return Layer.newBuilder()
          .setName(name)
          .setHeight(3)
          .setWidth(3)
          .addMethods(Method.METHOD_GRAD_CAM)
          .addMethodsValue(999);
    }
  }
}
