package dev.sightline.server.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import com.code_intelligence.jazzer.mutation.annotation.WithSize;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.FakeBackend;
import dev.sightline.server.batch.FakeClock;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.Worker;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Method;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever messages in whatever order: every accepted frame has one answer, and in its order. */
class StreamFuzzTest {
  private static final PlanLimits SMALL = new PlanLimits(1 << 16, 64, 1 << 20);

  static Stream<Arguments> calls() {
    ExplainOptions.Builder options =
        ExplainOptions.newBuilder()
            .addMethods(Method.METHOD_GRAD_CAM)
            .addClasses(ClassChoice.newBuilder().setLabel("dark"));
    return Stream.of(true, false)
        .map(
            live ->
                Arguments.of(
                    live,
                    List.of(
                        ExplainStreamRequest.newBuilder().setOptions(options).build(),
                        frame(1, 3),
                        ExplainStreamRequest.newBuilder()
                            .setOptions(options.clone().addLayers("early"))
                            .build(),
                        frame(2, 5),
                        frame(7, Float.NaN))));
  }

  private static ExplainStreamRequest frame(long sequence, float pixel) {
    return ExplainStreamRequest.newBuilder()
        .setFrame(Frame.newBuilder().setSequence(sequence).setImage(PixelModel.image(pixel)))
        .build();
  }

  @MethodSource("calls")
  @FuzzTest
  void everyAcceptedFrameHasOneAnswer(
      boolean live, @NotNull @WithSize(max = 12) List<@NotNull ExplainStreamRequest> messages) {
    FakeClock clock = new FakeClock();
    Batcher batcher = new Batcher(BatchLimits.DEFAULT, clock);
    PixelModel model = new PixelModel(4, clock);
    Planner planner = new Planner(model, new ImageReader(new ImageLimits(1 << 12, 1 << 12)), SMALL);
    Streams streams = new Streams(batcher, planner, StreamLimits.DEFAULT);
    RecordingSink sink = new RecordingSink();
    ExplanationStream stream = (live ? streams.live(sink) : streams.batch(sink)).orElseThrow();
    stream.start();
    Worker worker = batcher.worker();
    List<Frame> accepted = new ArrayList<>();
    boolean given = false;
    boolean wrong = false;
    for (ExplainStreamRequest message : messages) {
      switch (message.getMessageCase()) {
        case OPTIONS -> {
          given = true;
          stream.options(message.getOptions());
        }
        case FRAME -> {
          wrong |= !given || !rises(accepted, message.getFrame());
          stream.frame(message.getFrame());
          if (!wrong) {
            accepted.add(message.getFrame());
          }
        }
        case MESSAGE_NOT_SET -> {
          wrong = true;
          stream.empty();
        }
      }
      if (message.getSerializedSize() % 2 == 0) {
        worker.step();
      }
      if (wrong) {
        break;
      }
    }
    stream.halfClose();
    while (batcher.waiting() > 0) {
      worker.step();
    }

    assertThat(sink.hasEnded()).isTrue();
    assertThat(sink.failure == null).isEqualTo(!wrong);
    assertThat(streams.size() + batcher.places()).isZero();
    List<Explanation> answers = sink.answers();
    assertThat(answers).hasSameSizeAs(accepted);
    for (int i = 0; i < accepted.size(); i++) {
      assertFits(answers.get(i), accepted.get(i));
    }
  }

  private static boolean rises(List<Frame> accepted, Frame next) {
    return accepted.isEmpty()
        || Long.compareUnsigned(next.getSequence(), accepted.get(accepted.size() - 1).getSequence())
            > 0;
  }

  private static void assertFits(Explanation answer, Frame frame) {
    assertThat(answer.getSequence()).isEqualTo(frame.getSequence());
    assertThat(answer.hasProblem()).isEqualTo(answer.getOutcome() != Outcome.OUTCOME_EXPLAINED);
    if (!frame.getImage().hasTensor()
        || !frame.getImage().equals(PixelModel.image(FakeBackend.POISON))) {
      assertThat(answer.getProblem().getReason())
          .as(answer.getProblem().getMessage())
          .isNotIn(Reason.REASON_INTERNAL, Reason.UNRECOGNIZED);
    }
  }
}
