package dev.sightline.client;

import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainResponse;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.GetModelRequest;
import dev.sightline.v1.GetModelResponse;
import dev.sightline.v1.ListModelsRequest;
import dev.sightline.v1.ListModelsResponse;
import dev.sightline.v1.ModelServiceGrpc;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.stub.AbstractStub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Asks a Sightline server what its models see in images. Thread-safe; one client serves a whole
 * program over one connection, which is opened by the first call and opened again when it broke.
 *
 * <p>Calls fail with {@link SightlineException}. They carry the OpenTelemetry context that is
 * current where they are begun, if the program has OpenTelemetry on its class path.
 */
public final class SightlineClient implements AutoCloseable {
  /** So often, and within 20 s, a server must show that it is still there. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

  private final ManagedChannel channel;
  private final boolean ownsChannel;
  private final String name;
  private final Link link;
  private final UnaryCalls unary;
  private final Duration deadline;
  private final int maxMessageBytes;
  private final @Nullable BearerToken token;
  private final List<ClientInterceptor> interceptors;

  private SightlineClient(Builder builder) {
    this.ownsChannel = builder.channel == null;
    this.channel = builder.channel != null ? builder.channel : channel(builder.target, builder.tls);
    this.name = builder.name;
    this.link = new Link(channel, builder.server, builder.reconnectFor, builder.timer.get());
    this.unary = new UnaryCalls(link, builder.clock);
    this.deadline = builder.deadline;
    this.maxMessageBytes = builder.maxMessageBytes;
    this.token =
        builder.token == null ? null : new BearerToken(builder.token, builder.plaintextToken);
    this.interceptors = List.copyOf(builder.interceptors);
  }

  private static ManagedChannel channel(String target, @Nullable Tls tls) {
    if (tls == null) {
      return opened(target, InsecureChannelCredentials.create());
    }
    try {
      return opened(target, tls.credentials());
    } catch (UncheckedIOException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "no connection can be made by " + tls + ": is each file PEM?", e);
    }
  }

  private static ManagedChannel opened(String target, ChannelCredentials credentials) {
    return Grpc.newChannelBuilder(target, credentials)
        .defaultLoadBalancingPolicy("round_robin")
        .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
        .build();
  }

  /**
   * A client of the server at that address, without encryption. Does not wait for the server.
   *
   * @param address as {@link #builder(String)} takes it
   */
  public static SightlineClient connect(String address) {
    return builder(address).build();
  }

  /**
   * Starts from the defaults.
   *
   * @param address {@code host:port}, or several with commas between them. Calls and streams go to
   *     the servers in turn, a name that stands for several machines being several; one that drains
   *     or cannot be reached is left out until it is back
   */
  public static Builder builder(String address) {
    return new Builder(address, Addresses.target(address), null);
  }

  /** Starts from a channel of the caller's, who also shuts it down. */
  public static Builder builder(ManagedChannel channel) {
    return new Builder(channel.authority(), channel.authority(), channel);
  }

  /** Explains an image with the server's defaults. */
  public Explanation explain(Image image) {
    return explain(image, Options.defaults());
  }

  /** Explains a file with the server's defaults. */
  public Explanation explain(Path image) {
    return explain(Image.of(image), Options.defaults());
  }

  /** Explains a file. */
  public Explanation explain(Path image, Options options) {
    return explain(Image.of(image), options);
  }

  /**
   * Explains an image; waits for the answer, which must come within the client's deadline: methods
   * of many passes may need a longer one, or {@link #explainAll}, which can be told of progress. A
   * server that cannot be reached or has no room is asked again up to four times within the
   * deadline; one that was not reached several times in a row is left alone for two seconds, in
   * which calls fail at once.
   *
   * @throws SightlineException if there is no explanation
   */
  public Explanation explain(Image image, Options options) {
    dev.sightline.v1.Image content;
    try {
      content = image.toProto();
    } catch (IOException e) {
      throw Failures.unreadable(e);
    }
    ExplainRequest request =
        ExplainRequest.newBuilder().setOptions(options.toProto()).setImage(content).build();
    ExplainResponse response =
        unary.ask(deadline, (until, answer) -> stub().withDeadline(until).explain(request, answer));
    return Explanation.of(response.getExplanation(), 1, image);
  }

  /**
   * Explains many images and loses none. The answers come in the order of the images, numbered from
   * 1; an image that cannot be used is answered so and the others go on. Both streams are lazy:
   * images are taken, on the thread that takes the answers, as the server has room for them, so
   * that neither a large folder nor a slow reader costs memory.
   *
   * <p>When the server drains or the connection breaks, the images that have no answer yet are sent
   * again to the next server that can be reached, within {@link Builder#reconnectFor}; a server
   * that was never there is not waited for. An image that was under way at five breaks, without any
   * answer between them, ends the batch.
   *
   * @param images used up, and closed with the answers
   * @return to be closed if it is not read to its end. Fails with {@link SightlineException} if the
   *     call as a whole does, or if neither an answer nor word of progress comes for as long as the
   *     client's deadline
   */
  public Stream<Answer> explainAll(Stream<Image> images, Options options) {
    return explainAll(images, options, progress -> {});
  }

  /** As {@link #explainAll(Stream, Options)}. */
  public Stream<Answer> explainAll(Iterable<Image> images, Options options) {
    return explainAll(images, options, progress -> {});
  }

  /**
   * As {@link #explainAll(Stream, Options)}, with word of how far images are that take several
   * passes, and of a server that is gone.
   */
  public Stream<Answer> explainAll(Stream<Image> images, Options options, BatchListener listener) {
    return answers(images.iterator(), options, listener).onClose(images::close);
  }

  /** As {@link #explainAll(Stream, Options, BatchListener)}. */
  public Stream<Answer> explainAll(
      Iterable<Image> images, Options options, BatchListener listener) {
    return answers(images.iterator(), options, listener);
  }

  /**
   * Opens a live stream, in which the newest frame wins.
   *
   * @param listener takes the answers, on one thread of the stream's own
   */
  public LiveStream live(Options options, LiveListener listener) {
    return new LiveStream(link, stub(), deadline, options, listener);
  }

  /** The server's models in the order of their names. */
  public List<ModelSummary> models() {
    ListModelsResponse response =
        unary.ask(
            deadline,
            (until, answer) ->
                sized(ModelServiceGrpc.newStub(channel))
                    .withDeadline(until)
                    .listModels(ListModelsRequest.getDefaultInstance(), answer));
    return response.getModelsList().stream().map(ModelSummary::of).toList();
  }

  /**
   * One model in full.
   *
   * @param name empty means the server's default model
   */
  public Model model(String name) {
    GetModelResponse response =
        unary.ask(
            deadline,
            (until, answer) ->
                sized(ModelServiceGrpc.newStub(channel))
                    .withDeadline(until)
                    .getModel(GetModelRequest.newBuilder().setName(name).build(), answer));
    return Model.of(response.getModel());
  }

  /**
   * The protocol itself, for callers who want neither order nor second tries: calls of the stub go
   * over this client's connection, with its token, its name and its bound on messages, but without
   * its deadline.
   */
  public ExplanationServiceGrpc.ExplanationServiceStub stub() {
    return sized(ExplanationServiceGrpc.newStub(channel));
  }

  /** Ends the connection and what is under way on it; close live streams first. */
  @Override
  public void close() {
    if (ownsChannel) {
      channel.shutdownNow();
    }
    link.close();
  }

  private Stream<Answer> answers(Iterator<Image> images, Options options, BatchListener listener) {
    BatchCall call = new BatchCall(link, stub(), deadline, options, images, listener);
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(
                call, Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE),
            false)
        .onClose(call::close);
  }

  private <S extends AbstractStub<S>> S sized(S stub) {
    S sized =
        CallHeaders.attach(
            stub.withMaxInboundMessageSize(maxMessageBytes)
                .withInterceptors(interceptors.toArray(new ClientInterceptor[0])),
            name);
    return token == null ? sized : sized.withCallCredentials(token);
  }

  /** Collects what a client needs to know. Not thread-safe. */
  public static final class Builder {
    private final String server;
    private final @Nullable ManagedChannel channel;
    private String name = "";
    private final String target;
    private Duration deadline = Duration.ofSeconds(60);
    private Duration reconnectFor = Duration.ofMinutes(5);
    private int maxMessageBytes = 64 << 20;
    private @Nullable Tls tls;
    private BearerToken.@Nullable Origin token;
    private boolean plaintextToken;
    private Supplier<ScheduledExecutorService> timer = Link::newTimer;
    private Clock clock = Clock.systemUTC();
    private final List<ClientInterceptor> interceptors = new ArrayList<>();

    private Builder(String server, String target, @Nullable ManagedChannel channel) {
      this.server = server;
      this.target = target;
      this.channel = channel;
    }

    /**
     * The longest wait: for a single answer, for the next answer of many or word of how far it is,
     * and for the same of the last ones of a live stream that is being closed. 60 seconds by
     * default.
     */
    public Builder deadline(Duration longestWait) {
      if (longestWait.isNegative() || longestWait.isZero()) {
        throw new IllegalArgumentException("a deadline of " + longestWait + " is over at once");
      }
      deadline = longestWait;
      return this;
    }

    /**
     * What the client sends, such as a camera's name: the server's logs have it, and its metrics
     * may. None by default.
     *
     * @param newName 1 to 64 letters, digits, spaces and {@code . _ - : /}
     */
    public Builder name(String newName) {
      if (!newName.matches("[A-Za-z0-9._:/ -]{1,64}")) {
        throw new IllegalArgumentException(
            "\"" + newName + "\" is not a name of 1 to 64 letters, digits, spaces and . _ - : /");
      }
      name = newName;
      return this;
    }

    /**
     * How long a live stream or a batch goes on trying when no server can be reached, before it
     * fails; 5 minutes by default. Zero: it fails when its connection breaks.
     */
    public Builder reconnectFor(Duration longestInterruption) {
      if (longestInterruption.isNegative()) {
        throw new IllegalArgumentException("an interruption of " + longestInterruption);
      }
      reconnectFor = longestInterruption;
      return this;
    }

    /** Sees every call, such as one that measures them; the one added last sees a call first. */
    public Builder interceptor(ClientInterceptor interceptor) {
      interceptors.add(interceptor);
      return this;
    }

    /** What is to happen later, and what time it is until then. */
    Builder timing(ScheduledExecutorService otherTimer, Clock otherClock) {
      timer = () -> otherTimer;
      clock = otherClock;
      return this;
    }

    /** The largest answer that is read, in bytes; 64 MiB by default. */
    public Builder maxMessageBytes(int bytes) {
      if (bytes < 1) {
        throw new IllegalArgumentException("messages of " + bytes + " bytes cannot be read");
      }
      maxMessageBytes = bytes;
      return this;
    }

    /**
     * Encrypts, and makes sure of the server; without this nothing is encrypted. A channel of the
     * caller's stays as it is.
     */
    public Builder tls(Tls how) {
      tls = how;
      return this;
    }

    /**
     * The token by which the server knows the client, read from a file for each call, so that it
     * can be replaced there. It is sent only over TLS or to this machine.
     */
    public Builder tokenFile(Path file) {
      token = BearerToken.file(file);
      return this;
    }

    /**
     * The same from anywhere else.
     *
     * @param source gives the token, on any thread
     */
    public Builder token(Supplier<String> source) {
      token = source::get;
      return this;
    }

    /** Sends the token over connections that others may read, too: only for a network of trust. */
    public Builder plaintextToken() {
      plaintextToken = true;
      return this;
    }

    /**
     * The client; it connects when it is first used.
     *
     * @throws java.io.UncheckedIOException if a file of its TLS cannot be read
     * @throws IllegalArgumentException if one is not what it should be
     */
    public SightlineClient build() {
      return new SightlineClient(this);
    }
  }
}
