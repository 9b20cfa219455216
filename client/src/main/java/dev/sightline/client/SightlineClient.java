package dev.sightline.client;

import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.GetModelRequest;
import dev.sightline.v1.ListModelsRequest;
import dev.sightline.v1.ModelServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Asks a Sightline server what its models see in images. Thread-safe; one client serves a whole
 * program over one connection, which is opened by the first call and opened again when it broke.
 *
 * <p>Calls fail with {@link SightlineException}.
 */
public final class SightlineClient implements AutoCloseable {
  private final ManagedChannel channel;
  private final boolean ownsChannel;
  private final String server;
  private final Duration deadline;
  private final int maxMessageBytes;
  private final @Nullable BearerToken token;

  private SightlineClient(Builder builder) {
    this.server = builder.server;
    this.ownsChannel = builder.channel == null;
    this.channel = builder.channel != null ? builder.channel : channel(builder.server, builder.tls);
    this.deadline = builder.deadline;
    this.maxMessageBytes = builder.maxMessageBytes;
    this.token =
        builder.token == null ? null : new BearerToken(builder.token, builder.plaintextToken);
  }

  private static ManagedChannel channel(String server, @Nullable Tls tls) {
    if (tls == null) {
      return Grpc.newChannelBuilder(server, InsecureChannelCredentials.create()).build();
    }
    try {
      return Grpc.newChannelBuilder(server, tls.credentials()).build();
    } catch (UncheckedIOException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "no connection can be made by " + tls + ": is each file PEM?", e);
    }
  }

  /**
   * A client of the server at that address, without encryption. Does not wait for the server.
   *
   * @param address {@code host:port}
   */
  public static SightlineClient connect(String address) {
    return builder(address).build();
  }

  /**
   * Starts from the defaults.
   *
   * @param address {@code host:port}
   */
  public static Builder builder(String address) {
    if (!address.matches("(\\[[^]]+]|[^:/\\s]+):\\d{1,5}")) {
      throw new IllegalArgumentException(
          "\"" + address + "\" is not an address such as localhost:8484");
    }
    return new Builder(address, null);
  }

  /** Starts from a channel of the caller's, who also shuts it down. */
  public static Builder builder(ManagedChannel channel) {
    return new Builder(channel.authority(), channel);
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
   * of many passes may need a longer one, or {@link #explainAll}, which can be told of progress.
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
    try {
      dev.sightline.v1.Explanation answer =
          unary(ExplanationServiceGrpc.newBlockingStub(channel))
              .explain(
                  ExplainRequest.newBuilder()
                      .setOptions(options.toProto())
                      .setImage(content)
                      .build())
              .getExplanation();
      return Explanation.of(answer, 1, image);
    } catch (StatusRuntimeException e) {
      throw Failures.of(e, server);
    }
  }

  /**
   * Explains many images and loses none. The answers come in the order of the images, numbered from
   * 1; an image that cannot be used is answered so and the others go on. Both streams are lazy:
   * images are taken, on the thread that takes the answers, as the server has room for them, so
   * that neither a large folder nor a slow reader costs memory.
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
   * passes.
   *
   * @param listener takes it, on the thread that takes the answers and while it waits for them;
   *     only if {@link Options.Builder#progressEvery} asks for it, and only the latest of each
   *     image
   */
  public Stream<Answer> explainAll(
      Stream<Image> images, Options options, Consumer<Progress> listener) {
    return answers(images.iterator(), options, listener).onClose(images::close);
  }

  /** As {@link #explainAll(Stream, Options, Consumer)}. */
  public Stream<Answer> explainAll(
      Iterable<Image> images, Options options, Consumer<Progress> listener) {
    return answers(images.iterator(), options, listener);
  }

  /**
   * Opens a live stream, in which the newest frame wins.
   *
   * @param listener takes the answers, on one thread of the stream's own
   */
  public LiveStream live(Options options, LiveListener listener) {
    return new LiveStream(
        sized(ExplanationServiceGrpc.newStub(channel)), server, deadline, options, listener);
  }

  /** The server's models in the order of their names. */
  public List<ModelSummary> models() {
    try {
      return unary(ModelServiceGrpc.newBlockingStub(channel))
          .listModels(ListModelsRequest.getDefaultInstance())
          .getModelsList()
          .stream()
          .map(ModelSummary::of)
          .toList();
    } catch (StatusRuntimeException e) {
      throw Failures.of(e, server);
    }
  }

  /**
   * One model in full.
   *
   * @param name empty means the server's default model
   */
  public Model model(String name) {
    try {
      return Model.of(
          unary(ModelServiceGrpc.newBlockingStub(channel))
              .getModel(GetModelRequest.newBuilder().setName(name).build())
              .getModel());
    } catch (StatusRuntimeException e) {
      throw Failures.of(e, server);
    }
  }

  /** Ends the connection and what is under way on it; close live streams first. */
  @Override
  public void close() {
    if (ownsChannel) {
      channel.shutdownNow();
    }
  }

  private Stream<Answer> answers(
      Iterator<Image> images, Options options, Consumer<Progress> listener) {
    BatchCall call =
        new BatchCall(
            sized(ExplanationServiceGrpc.newStub(channel)),
            server,
            deadline,
            options,
            images,
            listener);
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(
                call, Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE),
            false)
        .onClose(call::close);
  }

  private <S extends AbstractStub<S>> S unary(S stub) {
    return sized(stub).withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  private <S extends AbstractStub<S>> S sized(S stub) {
    S sized = stub.withMaxInboundMessageSize(maxMessageBytes);
    return token == null ? sized : sized.withCallCredentials(token);
  }

  /** Collects what a client needs to know. Not thread-safe. */
  public static final class Builder {
    private final String server;
    private final @Nullable ManagedChannel channel;
    private Duration deadline = Duration.ofSeconds(60);
    private int maxMessageBytes = 64 << 20;
    private @Nullable Tls tls;
    private BearerToken.@Nullable Origin token;
    private boolean plaintextToken;

    private Builder(String server, @Nullable ManagedChannel channel) {
      this.server = server;
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
