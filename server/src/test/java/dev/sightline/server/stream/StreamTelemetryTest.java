package dev.sightline.server.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.FakeClock;
import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.batch.Telemetry;
import dev.sightline.server.batch.Worker;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplanationOrBuilder;
import dev.sightline.v1.Frame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** However a stream ends, each frame that it accepted is told of once, and so is its end. */
class StreamTelemetryTest {
  private final List<String> told = new ArrayList<>();

  private final Telemetry telemetry =
      new Telemetry() {
        @Override
        public Call opened(Origin origin) {
          told.add("opened " + origin.kind().label());
          return new Call() {
            @Override
            public Telemetry.Frame accepted(long sequence, long arrival) {
              told.add("accepted " + sequence);
              return answers(sequence);
            }

            @Override
            public void closed() {
              told.add("closed");
            }
          };
        }

        @Override
        public void passed(String lane, int frames, int rows, long nanos, long oldest) {
          told.add("pass of %d on %s".formatted(frames, lane));
        }
      };

  private final FakeClock clock = new FakeClock();
  private final PixelModel model = new PixelModel(4);
  private final Batcher batcher = new Batcher(BatchLimits.DEFAULT, clock, telemetry);
  private final Worker worker = batcher.worker();
  private final RecordingSink sink = new RecordingSink();
  private final Streams streams =
      new Streams(batcher, model.planner(), new StreamLimits(1, 6, 2, 3, java.time.Duration.ZERO));

  private Telemetry.Frame answers(long sequence) {
    return new Telemetry.Frame() {
      @Override
      public void passed(long start, long end, int frames) {
        told.add("passed %d of %d".formatted(sequence, frames));
      }

      @Override
      public void answered(ExplanationOrBuilder answer) {
        told.add("%d %s".formatted(sequence, answer.getOutcome().name().substring(8)));
      }
    };
  }

  private ExplanationStream started(ExplanationStream stream, ExplainOptions options) {
    stream.start();
    stream.options(options);
    return stream;
  }

  private ExplanationStream live() {
    return started(streams.live(sink).orElseThrow(), ExplainOptions.getDefaultInstance());
  }

  private static void frame(ExplanationStream stream, int sequence) {
    stream.frame(
        Frame.newBuilder().setSequence(sequence).setImage(PixelModel.image(sequence)).build());
  }

  @Test
  void answersAreToldWithTheirPassAndTheirReason() {
    ExplanationStream stream = live();
    frame(stream, 1);
    frame(stream, 2);
    while (worker.step()) {}
    stream.halfClose();
    assertThat(told)
        .containsExactly(
            "opened live",
            "accepted 1",
            "accepted 2",
            "1 SUPERSEDED",
            "pass of 1 on pixel/last",
            "passed 2 of 1",
            "2 EXPLAINED",
            "closed");
  }

  @Test
  void framesOfAClientThatIsGoneAreToldOnceWhereverTheyAre() {
    ExplanationStream stream = live();
    worker.step();
    frame(stream, 1);
    worker.step();
    model.last.during(
        () -> {
          model.last.during(() -> {});
          frame(stream, 2);
          stream.cancel();
        });
    while (worker.step()) {}
    assertThat(told)
        .containsExactlyInAnyOrder(
            "opened live",
            "accepted 1",
            "accepted 2",
            "pass of 1 on pixel/last",
            "passed 1 of 1",
            "1 CANCELLED",
            "2 CANCELLED",
            "closed");
  }

  @Test
  void refusedOptionsAreAnAnswerToo() {
    ExplanationStream stream =
        started(
            streams.batch(sink).orElseThrow(), ExplainOptions.newBuilder().addLayers("x").build());
    frame(stream, 1);
    stream.drain();
    assertThat(told).containsExactly("opened batch", "accepted 1", "1 INVALID_OPTIONS", "closed");
  }

  @Test
  void aStreamThatIsOneTooManyIsClosedAgain() {
    live();
    assertThat(streams.live(new RecordingSink())).isEmpty();
    assertThat(told).containsExactly("opened live", "opened live", "closed");
  }
}
