package dev.sightline.server.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.FakeBackend;
import dev.sightline.server.batch.FakeClock;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.batch.Refusal;
import dev.sightline.server.batch.Worker;
import dev.sightline.v1.Draining;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Method;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Progress;
import dev.sightline.v1.RandomMasks;
import dev.sightline.v1.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ExplanationStreamTest {
  private static final ExplainOptions GOOD = ExplainOptions.getDefaultInstance();
  private static final ExplainOptions BAD = ExplainOptions.newBuilder().addLayers("x").build();

  private final FakeClock clock = new FakeClock();
  private final PixelModel model = new PixelModel(4);
  private final Batcher batcher = new Batcher(BatchLimits.DEFAULT.withMaxWaiting(8), clock);
  private final Worker worker = batcher.worker();
  private final RecordingSink sink = new RecordingSink();
  private final Streams streams =
      new Streams(batcher, model.planner(), new StreamLimits(2, 6, 2, 3, Duration.ofSeconds(100)));

  private ExplanationStream live() {
    return started(streams.live(sink).orElseThrow());
  }

  private ExplanationStream batch() {
    return started(streams.batch(sink).orElseThrow());
  }

  private static ExplanationStream started(ExplanationStream stream) {
    stream.start();
    return stream;
  }

  /** Brings a message if the stream asked for one, as gRPC does. */
  private boolean bring(Runnable message) {
    if (sink.reads.get() == 0) {
      return false;
    }
    sink.reads.decrementAndGet();
    message.run();
    return true;
  }

  private boolean options(ExplanationStream stream, ExplainOptions options) {
    return bring(() -> stream.options(options));
  }

  private boolean frame(ExplanationStream stream, long sequence, float pixel) {
    return bring(
        () ->
            stream.frame(
                Frame.newBuilder()
                    .setSequence(sequence)
                    .setImage(PixelModel.image(pixel))
                    .build()));
  }

  private void work() {
    while (worker.step()) {}
  }

  private List<String> answers() {
    return sink.answers().stream()
        .map(
            answer ->
                "%d/%d %s"
                    .formatted(
                        answer.getSequence(),
                        answer.getGeneration(),
                        answer.getOutcome().name().substring("OUTCOME_".length())))
        .toList();
  }

  private Refusal failure() {
    return Objects.requireNonNull(sink.failure);
  }

  @Test
  void workedExampleOfTheContractHoldsAsPrinted() {
    ExplanationStream stream = live();
    options(stream, GOOD);
    frame(stream, 1, 1);
    worker.step();
    model.last.during(
        () -> {
          model.last.during(() -> {});
          frame(stream, 2, 2);
          frame(stream, 3, 3);
        });
    worker.step();
    assertThat(answers()).containsExactly("1/1 EXPLAINED", "2/1 SUPERSEDED");
    options(stream, ExplainOptions.newBuilder().addMethodsValue(1).build());
    work();
    assertThat(answers()).containsExactly("1/1 EXPLAINED", "2/1 SUPERSEDED", "3/1 EXPLAINED");
    assertThat(sink.answers().get(2).getHeatmaps(0).getMethodValue()).isEqualTo(2);
  }

  @Test
  void answersWaitForThoseOfEarlierFrames() {
    ExplanationStream stream = batch();
    options(stream, ExplainOptions.newBuilder().addLayers("early").build());
    frame(stream, 1, 1);
    options(stream, BAD);
    frame(stream, 2, 2);
    assertThat(answers()).isEmpty();
    work();
    assertThat(answers()).containsExactly("1/1 EXPLAINED", "2/2 INVALID_OPTIONS");
  }

  @Test
  void optionsThatCannotBeMetAreAnsweredPerFrameAndHealedByNewOnes() {
    ExplanationStream stream = live();
    options(stream, BAD);
    frame(stream, 1, 1);
    frame(stream, 2, 1);
    options(stream, GOOD);
    frame(stream, 3, 1);
    work();
    assertThat(answers())
        .containsExactly("1/1 INVALID_OPTIONS", "2/1 INVALID_OPTIONS", "3/2 EXPLAINED");
    Explanation first = sink.answers().get(0);
    assertThat(first.getProblem().getReason()).isEqualTo(Reason.REASON_UNKNOWN_LAYER);
    assertThat(first.getProblem().getMetadataMap()).containsEntry("layer", "x");
    assertThat(first.hasTiming()).isTrue();
  }

  @Test
  void frameBeforeOptionsEndsTheCall() {
    ExplanationStream stream = live();
    frame(stream, 1, 1);
    assertThat(failure().reason()).isEqualTo(Reason.REASON_PROTOCOL);
    assertThat(answers()).isEmpty();
    assertThat(streams.size()).isZero();
  }

  @Test
  void frameNumberThatDoesNotRiseEndsTheCallOnceTheOthersAreAnswered() {
    ExplanationStream stream = live();
    options(stream, GOOD);
    frame(stream, -2, 1);
    frame(stream, -2, 2);
    assertThat(sink.failure).isNull();
    assertThat(frame(stream, -1, 3)).isFalse();
    work();
    assertThat(answers()).containsExactly("-2/1 EXPLAINED");
    assertThat(failure().reason()).isEqualTo(Reason.REASON_PROTOCOL);
    assertThat(failure().message()).contains("18446744073709551614");
  }

  @Test
  void frameNumbersAreUnsignedAndMayBeginAtZero() {
    ExplanationStream stream = batch();
    options(stream, GOOD);
    frame(stream, 0, 1);
    frame(stream, Long.MAX_VALUE, 2);
    frame(stream, -1, 3);
    work();
    assertThat(answers()).hasSize(3);
    assertThat(sink.failure).isNull();
  }

  @Test
  void emptyMessageEndsTheCall() {
    ExplanationStream stream = live();
    bring(stream::empty);
    assertThat(failure().reason()).isEqualTo(Reason.REASON_PROTOCOL);
  }

  @Test
  void halfCloseLetsTheLastFramesBeAnswered() {
    ExplanationStream stream = live();
    options(stream, GOOD);
    frame(stream, 1, 1);
    stream.halfClose();
    assertThat(sink.hasEnded()).isFalse();
    work();
    assertThat(answers()).containsExactly("1/1 EXPLAINED");
    assertThat(sink.hasEnded()).isTrue();
    assertThat(sink.failure).isNull();
    assertThat(streams.size()).isZero();
  }

  @Test
  void cancelDropsWhatWaitsAndSaysNothing() {
    ExplanationStream stream = live();
    options(stream, GOOD);
    frame(stream, 1, 1);
    stream.cancel();
    stream.cancel();
    assertThat(batcher.waiting()).isZero();
    frame(stream, 2, 1);
    work();
    assertThat(answers()).isEmpty();
    assertThat(model.last.passes()).isEmpty();
    assertThat(sink.hasEnded()).isFalse();
    assertThat(streams.size()).isZero();
  }

  @Test
  void poisonedFrameIsAnsweredAndTheStreamGoesOn() {
    ExplanationStream stream = batch();
    options(stream, GOOD);
    frame(stream, 1, 1);
    frame(stream, 2, FakeBackend.POISON);
    frame(stream, 3, Float.NaN);
    work();
    frame(stream, 4, 4);
    work();
    assertThat(answers())
        .containsExactly("1/1 EXPLAINED", "2/1 INTERNAL", "3/1 INVALID_IMAGE", "4/1 EXPLAINED");
  }

  @Test
  void batchReadsNoFurtherThanItsWindowAndLosesNothing() {
    ExplanationStream stream = batch();
    options(stream, GOOD);
    int taken = 0;
    while (frame(stream, taken + 1, taken + 1)) {
      taken++;
    }
    assertThat(taken).isEqualTo(3);
    work();
    while (taken < 20) {
      assertThat(frame(stream, taken + 1, taken + 1)).isTrue();
      taken++;
      work();
    }
    assertThat(sink.answers())
        .extracting(Explanation::getOutcome)
        .containsOnly(Outcome.OUTCOME_EXPLAINED)
        .hasSize(20);
  }

  @Test
  void batchWhoseClientDoesNotReadStopsAtItsWindow() {
    ExplanationStream stream = batch();
    options(stream, GOOD);
    sink.ready = false;
    int taken = 0;
    for (int i = 1; i <= 100; i++) {
      taken += frame(stream, i, i) ? 1 : 0;
      work();
    }
    assertThat(taken).isEqualTo(3);
    assertThat(answers()).isEmpty();
    sink.ready = true;
    stream.ready();
    assertThat(answers()).hasSize(3);
    assertThat(frame(stream, 101, 1)).isTrue();
  }

  @Test
  void batchWaitsForRoomAmongAllInsteadOfLosingAnImage() throws Exception {
    for (int i = 0; i < 8; i++) {
      model
          .planner()
          .plan(GOOD)
          .submit(batcher.single(), PixelModel.image(9), clock.getAsLong(), answer -> {});
    }
    batch();
    assertThat(sink.reads).hasValue(0);
    work();
    assertThat(sink.reads).hasValue(1);
  }

  @Test
  void bytesThatWaitForASlowReaderAreBoundedToo() throws Exception {
    Streams heavy =
        new Streams(
            batcher,
            model.planner(),
            new StreamLimits(2, 6, 100, 6, Duration.ZERO).withUnsentBytes(1, 1 << 20));
    for (boolean isLive : new boolean[] {true, false}) {
      ExplanationStream stream =
          started((isLive ? heavy.live(sink) : heavy.batch(sink)).orElseThrow());
      options(stream, GOOD);
      sink.ready = false;
      frame(stream, 1, 1);
      work();
      frame(stream, 2, 2);
      work();
      assertThat(stream.explained()).isEqualTo(1);
      assertThat(heavy.unsentBytes()).isPositive();
      sink.ready = true;
      stream.ready();
      work();
      assertThat(heavy.unsentBytes()).isZero();
      stream.cancel();
    }
    assertThat(answers())
        .containsExactly("1/1 EXPLAINED", "2/1 EXPLAINED", "1/1 EXPLAINED", "2/1 EXPLAINED");
    assertThat(batcher.places()).isZero();
  }

  @Test
  void boundOfAllHoldsBackWhoIsBehindAndNobodyElse() {
    Streams heavy =
        new Streams(
            batcher,
            model.planner(),
            new StreamLimits(2, 6, 100, 6, Duration.ZERO).withUnsentBytes(1 << 20, 1));
    ExplanationStream slow = started(heavy.live(sink).orElseThrow());
    options(slow, GOOD);
    sink.ready = false;
    frame(slow, 1, 1);
    work();
    frame(slow, 2, 2);
    work();
    assertThat(slow.explained()).isEqualTo(1);
    RecordingSink quick = new RecordingSink();
    ExplanationStream other = started(heavy.live(quick).orElseThrow());
    other.options(GOOD);
    for (int i = 1; i <= 5; i++) {
      other.frame(Frame.newBuilder().setSequence(i).setImage(PixelModel.image(i)).build());
      work();
      assertThat(quick.answers()).hasSize(i);
    }
    slow.cancel();
    assertThat(heavy.unsentBytes()).isZero();
  }

  @Test
  void slowReaderOfALiveStreamHoldsAFewExplanationsAndItsNewestFrameWaits() {
    ExplanationStream stream = live();
    options(stream, GOOD);
    sink.ready = false;
    int taken = 0;
    for (int i = 1; i <= 100; i++) {
      taken += frame(stream, i, i) ? 1 : 0;
      work();
      assertThat(stream.owed()).isLessThanOrEqualTo(6);
      assertThat(stream.explained()).isLessThanOrEqualTo(2);
    }
    assertThat(taken).isEqualTo(6);
    assertThat(model.last.passes()).hasSize(2);
    sink.ready = true;
    stream.ready();
    work();
    assertThat(answers())
        .containsExactly(
            "1/1 EXPLAINED",
            "2/1 EXPLAINED",
            "3/1 SUPERSEDED",
            "4/1 SUPERSEDED",
            "5/1 SUPERSEDED",
            "6/1 EXPLAINED");
    assertThat(frame(stream, 101, 1)).isTrue();
  }

  @Test
  void ageOfAFrameCountsFromItsArrivalEvenWhileItIsHeldBack() {
    ExplanationStream stream = live();
    options(
        stream,
        ExplainOptions.newBuilder()
            .setMaxAge(com.google.protobuf.Duration.newBuilder().setSeconds(1))
            .build());
    sink.ready = false;
    for (int i = 1; i <= 3; i++) {
      frame(stream, i, i);
      work();
    }
    clock.advance(Duration.ofSeconds(2));
    sink.ready = true;
    stream.ready();
    work();
    assertThat(answers()).containsExactly("1/1 EXPLAINED", "2/1 EXPLAINED", "3/1 STALE");
  }

  @Test
  void drainingAnswersWhatWasAcceptedAndEndsTheCallWithTheReason() {
    ExplanationStream stream = live();
    options(stream, GOOD);
    frame(stream, 1, 1);
    streams.drain();
    frame(stream, 2, 2);
    work();
    assertThat(answers()).containsExactly("1/1 EXPLAINED");
    assertThat(failure().reason()).isEqualTo(Reason.REASON_DRAINING);
    assertThat(sink.notice).isEqualTo(Draining.newBuilder().setLastSequence(1).build());
    RecordingSink late = new RecordingSink();
    streams.live(late).orElseThrow().start();
    assertThat(late.hasEnded()).isTrue();
    assertThat(late.notice).as("it had no frame").isEqualTo(Draining.getDefaultInstance());
  }

  @Test
  void streamOfTheGreatestAgeIsDrainedGiveOrTakeATenth() {
    ExplanationStream stream = live();
    options(stream, GOOD);
    frame(stream, 1, 1);
    clock.advance(Duration.ofSeconds(89));
    streams.expire();
    assertThat(sink.notice).isNull();
    clock.advance(Duration.ofSeconds(22));
    streams.expire();
    streams.expire();
    assertThat(sink.notice).isEqualTo(Draining.newBuilder().setLastSequence(1).build());
    work();
    assertThat(answers()).hasSize(1);
    assertThat(failure().reason()).isEqualTo(Reason.REASON_DRAINING);
    RecordingSink young = new RecordingSink();
    streams.live(young).orElseThrow().start();
    streams.expire();
    assertThat(young.notice).isNull();
  }

  @Test
  void streamsAreBounded() {
    live();
    batch();
    assertThat(streams.live(new RecordingSink())).isEmpty();
  }

  @Test
  void progressIsToldOfAnImageThatTakesSeveralFramesUntilItIsAnswered() {
    ExplanationStream stream = batch();
    options(stream, rise(10));
    frame(stream, 7, 1);
    sink.ready = false;
    worker.step();
    worker.step();
    clock.advance(Duration.ofMillis(10));
    worker.step();
    clock.advance(Duration.ofMillis(10));
    worker.step();
    sink.ready = true;
    stream.ready();
    assertThat(sink.progress())
        .containsExactly(
            Progress.newBuilder().setSequence(7).setGeneration(1).setDone(9).setTotal(11).build());
    work();
    assertThat(answers()).containsExactly("7/1 EXPLAINED");
    assertThat(sink.progress()).hasSize(1);
    assertThat(stream.owed()).isZero();
  }

  @Test
  void newestFrameWaitsWhileOneIsComputedInSeveralPasses() {
    ExplanationStream stream = live();
    options(stream, rise(10));
    frame(stream, 1, 1);
    worker.step();
    worker.step();
    frame(stream, 2, 2);
    frame(stream, 3, 3);
    worker.step();
    frame(stream, 4, 4);
    work();
    assertThat(answers())
        .containsExactly("1/1 EXPLAINED", "2/1 SUPERSEDED", "3/1 SUPERSEDED", "4/1 EXPLAINED");
  }

  private static ExplainOptions rise(int masks) {
    return ExplainOptions.newBuilder()
        .addMethods(Method.METHOD_RISE)
        .setRandomMasks(RandomMasks.newBuilder().setCount(masks))
        .setProgressInterval(com.google.protobuf.Duration.newBuilder().setNanos(10_000_000))
        .build();
  }

  @Test
  void clientsEndThatBreaksIsTreatedAsGone() {
    AnswerSink broken =
        new AnswerSink() {
          @Override
          public boolean ready() {
            return true;
          }

          @Override
          public void send(Explanation explanation) {
            throw new IllegalStateException("call closed");
          }

          @Override
          public void progress(Progress progress) {}

          @Override
          public void draining(Draining notice) {}

          @Override
          public void complete() {}

          @Override
          public void fail(Refusal refusal) {}

          @Override
          public void read() {}
        };
    ExplanationStream stream = started(streams.batch(broken).orElseThrow());
    stream.options(GOOD);
    stream.frame(Frame.newBuilder().setSequence(1).setImage(PixelModel.image(1)).build());
    stream.frame(Frame.newBuilder().setSequence(2).setImage(PixelModel.image(1)).build());
    worker.step();
    worker.step();
    assertThat(streams.size()).isZero();
    assertThat(stream.owed()).isZero();
  }
}
