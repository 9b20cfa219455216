package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Image;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Reason;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Calls with bad messages, each of which must be answered as what it is. Not thread-safe. */
final class BadCalls {
  private static final int MOST_FRAMES = 20;
  private static final ExplainStreamRequest DEFAULTS =
      ExplainStreamRequest.newBuilder().setOptions(ExplainOptions.getDefaultInstance()).build();

  private final Channel channel;
  private final Image good;
  private final Random random;
  private final BadImages images;
  private final BadOptions options;

  /** Calls on a channel, the same for the same seed. */
  BadCalls(Channel channel, Image good, Random random) {
    this.channel = channel;
    this.good = good;
    this.random = random;
    this.images = new BadImages(random);
    this.options = new BadOptions(random);
  }

  /** Makes one call; returns how many messages of it were bad. */
  int next() throws Exception {
    return switch (random.nextInt(6)) {
      case 0, 1 -> unary();
      case 2 -> outOfOrder();
      default -> stream();
    };
  }

  private int unary() {
    boolean image = random.nextBoolean();
    BadThing<ExplainRequest> bad =
        image
            ? images.next().map(it -> ExplainRequest.newBuilder().setImage(it).build())
            : options
                .next()
                .map(it -> ExplainRequest.newBuilder().setOptions(it).setImage(good).build());
    StatusRuntimeException refusal =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                ExplanationServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(60, TimeUnit.SECONDS)
                    .explain(bad.what()));
    assertThat(refusal == null ? bad.harmless() : bad.fits(reason(refusal)))
        .as("%s: %s", bad.described(), refusal)
        .isTrue();
    return 1;
  }

  /** Bad and good frames in one call, under bad and good options. */
  private int stream() throws Exception {
    List<ExplainStreamRequest> messages = new ArrayList<>(List.of(DEFAULTS));
    List<BadThing<?>> frames = new ArrayList<>();
    int count = 1 + random.nextInt(MOST_FRAMES);
    for (int sequence = 0; sequence < count; sequence++) {
      if (random.nextInt(3) == 0) {
        BadThing<ExplainOptions> asked = options.next();
        messages.add(ExplainStreamRequest.newBuilder().setOptions(asked.what()).build());
        messages.add(frame(sequence, good));
        messages.add(DEFAULTS);
        frames.add(asked);
      } else {
        BadThing<Image> image = images.next();
        messages.add(frame(sequence, image.what()));
        frames.add(image);
      }
    }
    boolean live = random.nextBoolean();
    Conversation call = new Conversation(channel, live, messages);

    assertThat(call.failure()).isNull();
    assertAnswers(call.answers(), frames, live);
    return count;
  }

  /** A good frame or none, then what ends the call, then one more that nobody reads. */
  private int outOfOrder() throws Exception {
    List<ExplainStreamRequest> messages = new ArrayList<>();
    List<BadThing<?>> accepted = new ArrayList<>();
    long first = random.nextBoolean() ? 5 : -1;
    if (random.nextInt(3) > 0) {
      messages.addAll(List.of(DEFAULTS, DEFAULTS, frame(first, good)));
      accepted.add(new BadThing<>(good, Set.of(), true, "a good image"));
    }
    messages.add(
        random.nextBoolean()
            ? frame(random.nextBoolean() ? first : random.nextInt(5), good)
            : ExplainStreamRequest.getDefaultInstance());
    messages.add(frame(-1, good));
    boolean live = random.nextBoolean();
    Conversation call = new Conversation(channel, live, messages);

    assertThat(call.failure())
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            refusal -> assertThat(reason(refusal)).isEqualTo(Reason.REASON_PROTOCOL));
    assertAnswers(call.answers(), accepted, live);
    return 2;
  }

  private static void assertAnswers(
      List<Explanation> answers, List<BadThing<?>> frames, boolean live) {
    assertThat(answers).hasSameSizeAs(frames);
    for (int i = 0; i < answers.size(); i++) {
      Explanation answer = answers.get(i);
      assertThat(
              frames.get(i).fits(answer)
                  || (live && answer.getOutcome() == Outcome.OUTCOME_SUPERSEDED))
          .as("%s: %s", frames.get(i).described(), answer)
          .isTrue();
    }
  }

  private static ExplainStreamRequest frame(long sequence, Image image) {
    return ExplainStreamRequest.newBuilder()
        .setFrame(Frame.newBuilder().setSequence(sequence).setImage(image))
        .build();
  }

  private static Reason reason(StatusRuntimeException refusal) {
    com.google.rpc.Status status = StatusProto.fromThrowable(refusal);
    if (status == null || status.getDetailsCount() == 0) {
      throw new AssertionError("no details", refusal);
    }
    try {
      ErrorInfo info = status.getDetails(0).unpack(ErrorInfo.class);
      return Reason.valueOf("REASON_" + info.getReason());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
