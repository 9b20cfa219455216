package dev.sightline.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.rpc.ErrorInfo;
import dev.sightline.v1.ExplainBatchRequest;
import dev.sightline.v1.ExplainBatchResponse;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainResponse;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.ExplainStreamResponse;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A server without an engine. It answers single images and batches by itself; a live stream too,
 * unless the test takes it over with {@link #scripted()} and decides what is read and answered
 * when.
 */
public final class FakeServer implements AutoCloseable {
  /** The calls of ExplainBatch and ExplainStream, when scripted. */
  final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();

  private final List<ManagedChannel> channels = new CopyOnWriteArrayList<>();
  private final Server server;
  private final String name = "fake-" + System.identityHashCode(this);
  private volatile boolean scripted;
  private volatile ExplainOptions asked = ExplainOptions.getDefaultInstance();

  private final List<String> authorizations = new CopyOnWriteArrayList<>();

  private FakeServer(@Nullable ServerCredentials onLoopback) throws IOException {
    this.server =
        (onLoopback != null
                ? NettyServerBuilder.forAddress(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), onLoopback)
                : InProcessServerBuilder.forName(name))
            .intercept(new Authorizations())
            .addService(new Explanations())
            .addService(new Models())
            .build()
            .start();
  }

  static FakeServer inProcess() throws IOException {
    return new FakeServer(null);
  }

  /** Behind a real socket on a free port. */
  public static FakeServer onLoopback() throws IOException {
    return onLoopback(InsecureServerCredentials.create());
  }

  /** The same, encrypted. */
  public static FakeServer onLoopback(ServerCredentials credentials) throws IOException {
    return new FakeServer(credentials);
  }

  /** Leaves batches and live streams to the test. */
  FakeServer scripted() {
    scripted = true;
    return this;
  }

  public String address() {
    return "127.0.0.1:" + server.getPort();
  }

  /** The options that came last with a batch or a live stream that was not scripted. */
  public ExplainOptions asked() {
    return asked;
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
      Explanation answer =
          FakeAnswers.answer(
              message.getFrame().getSequence(), options, message.getFrame().getImage());
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
      observer.onCompleted();
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
          try {
            return ExplainBatchResponse.parseFrom(event.toByteString());
          } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("the two events no longer have the same fields", e);
          }
        }

        @Override
        ExplainStreamRequest asStream(ExplainBatchRequest request) {
          ExplainStreamRequest.Builder same = ExplainStreamRequest.newBuilder();
          return request.hasOptions()
              ? same.setOptions(request.getOptions()).build()
              : same.setFrame(request.getFrame()).build();
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

        @Override
        ExplainStreamRequest asStream(ExplainStreamRequest request) {
          return request;
        }
      }.start();
    }
  }

  private static final class Models extends ModelServiceGrpc.ModelServiceImplBase {
    private static final ModelSummary SUMMARY =
        ModelSummary.newBuilder()
            .setName("fake-net")
            .setDescription("Five classes")
            .setIsDefault(true)
            .setClasses(5)
            .build();

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> response) {
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
