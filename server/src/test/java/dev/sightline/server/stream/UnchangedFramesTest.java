package dev.sightline.server.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.FakeClock;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.batch.Worker;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Image;
import dev.sightline.v1.Method;
import dev.sightline.v1.RandomMasks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Live streams that ask to go without explanations of what has not changed. */
class UnchangedFramesTest {
  private static final ExplainOptions ALL = ExplainOptions.getDefaultInstance();
  private static final ExplainOptions CHANGES =
      ExplainOptions.newBuilder().setUnchangedWithin(3).build();

  private final FakeClock clock = new FakeClock();
  private final PixelModel model = new PixelModel(8);
  private final Batcher batcher = new Batcher(BatchLimits.DEFAULT, clock);
  private final Worker worker = batcher.worker();
  private final RecordingSink sink = new RecordingSink();
  private final Streams streams =
      new Streams(batcher, model.planner(), new StreamLimits(8, 64, 64, 64, Duration.ZERO));

  private ExplanationStream live(RecordingSink to, ExplainOptions options) {
    ExplanationStream stream = streams.live(to).orElseThrow();
    stream.start();
    stream.options(options);
    return stream;
  }

  private ExplanationStream live(ExplainOptions options) {
    return live(sink, options);
  }

  private static void frame(ExplanationStream stream, long sequence, Image image) {
    stream.frame(Frame.newBuilder().setSequence(sequence).setImage(image).build());
  }

  private static void frame(ExplanationStream stream, long sequence, int level) {
    frame(stream, sequence, PixelModel.picture(level));
  }

  private void work() {
    while (worker.step()) {}
  }

  private void explain(ExplanationStream stream, long sequence, int level) {
    frame(stream, sequence, level);
    work();
  }

  private static List<String> answers(RecordingSink of) {
    return of.answers().stream()
        .map(
            answer ->
                "%d/%d %s%s"
                    .formatted(
                        answer.getSequence(),
                        answer.getGeneration(),
                        answer.getOutcome().name().substring("OUTCOME_".length()),
                        answer.hasUnchangedSince() ? " " + answer.getUnchangedSince() : ""))
        .toList();
  }

  private List<String> answers() {
    return answers(sink);
  }

  @Test
  void unchangedFrameTakesNoPassAndNamesTheFrameWhoseExplanationHolds() {
    ExplanationStream stream = live(CHANGES);
    explain(stream, 5, 100);
    explain(stream, 6, 102);
    explain(stream, 7, 110);
    explain(stream, 8, 109);
    assertThat(answers())
        .containsExactly("5/1 EXPLAINED", "6/1 UNCHANGED 5", "7/1 EXPLAINED", "8/1 UNCHANGED 7");
    assertThat(model.last.passes()).containsExactly(List.of(100f), List.of(110f));
    Explanation unchanged = sink.answers().get(1);
    assertThat(unchanged.hasProblem()).isFalse();
    assertThat(unchanged.getModel()).isEmpty();
    assertThat(unchanged.getHeatmapsCount()).isZero();
    assertThat(unchanged.getTiming().getFrames()).isZero();
    assertThat(unchanged.hasTiming()).isTrue();
    assertThat(batcher.places()).isZero();
  }

  @Test
  void slowDriftIsNoticed() {
    ExplanationStream stream = live(CHANGES);
    for (int i = 0; i < 9; i++) {
      explain(stream, i, 100 + i);
    }
    assertThat(answers())
        .containsExactly(
            "0/1 EXPLAINED",
            "1/1 UNCHANGED 0",
            "2/1 UNCHANGED 0",
            "3/1 UNCHANGED 0",
            "4/1 EXPLAINED",
            "5/1 UNCHANGED 4",
            "6/1 UNCHANGED 4",
            "7/1 UNCHANGED 4",
            "8/1 EXPLAINED");
  }

  @Test
  void newOptionsBeginAnewEvenTheSameOnes() {
    ExplanationStream stream = live(CHANGES);
    explain(stream, 1, 100);
    stream.options(
        CHANGES.toBuilder().addClasses(ClassChoice.newBuilder().setMostProbable(2)).build());
    explain(stream, 2, 100);
    explain(stream, 3, 100);
    stream.options(CHANGES);
    explain(stream, 4, 100);
    stream.options(ALL);
    explain(stream, 5, 100);
    explain(stream, 6, 100);
    assertThat(answers())
        .containsExactly(
            "1/1 EXPLAINED",
            "2/2 EXPLAINED",
            "3/2 UNCHANGED 2",
            "4/3 EXPLAINED",
            "5/4 EXPLAINED",
            "6/4 EXPLAINED");
  }

  @Test
  void frameThatFailedIsNoReference() {
    ExplanationStream stream = live(CHANGES);
    // The pass and its second try.
    model.last.failNext(2);
    explain(stream, 1, 100);
    explain(stream, 2, 100);
    explain(stream, 3, 100);
    assertThat(answers()).containsExactly("1/1 INTERNAL", "2/1 EXPLAINED", "3/1 UNCHANGED 2");
  }

  @Test
  void frameThatWasSupersededOrUnchangedIsNoReference() {
    ExplanationStream stream = live(CHANGES);
    frame(stream, 1, 50);
    frame(stream, 2, 100);
    work();
    explain(stream, 3, 103);
    explain(stream, 4, 50);
    explain(stream, 5, 53);
    assertThat(answers())
        .containsExactly(
            "1/1 SUPERSEDED",
            "2/1 EXPLAINED",
            "3/1 UNCHANGED 2",
            "4/1 EXPLAINED",
            "5/1 UNCHANGED 4");
  }

  @Test
  void streamsKnowNothingOfEachOther() {
    RecordingSink second = new RecordingSink();
    ExplanationStream one = live(CHANGES);
    ExplanationStream two = live(second, CHANGES);
    explain(one, 1, 100);
    explain(two, 1, 100);
    explain(one, 2, 100);
    assertThat(answers()).containsExactly("1/1 EXPLAINED", "2/1 UNCHANGED 1");
    assertThat(answers(second)).containsExactly("1/1 EXPLAINED");
  }

  @Test
  void unchangedFrameLeavesItsPlaceInTheBatchToTheOthers() {
    List<ExplanationStream> all = new ArrayList<>();
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      sinks.add(new RecordingSink());
      all.add(live(sinks.get(i), i == 2 ? ALL : CHANGES));
      frame(all.get(i), 1, 10 * i);
    }
    work();
    for (int i = 0; i < 5; i++) {
      frame(all.get(i), 2, i == 4 ? 200 : 10 * i);
    }
    work();
    assertThat(model.last.passes())
        .containsExactly(List.of(0f, 10f, 20f, 30f, 40f), List.of(20f, 200f));
    for (int i = 0; i < 5; i++) {
      assertThat(answers(sinks.get(i)))
          .containsExactly("1/1 EXPLAINED", i == 2 || i == 4 ? "2/1 EXPLAINED" : "2/1 UNCHANGED 1");
    }
    assertThat(sinks.get(4).answers().get(1).getTiming().getBatchSize()).isEqualTo(2);
    assertThat(sinks.get(4).answers().get(1).getHeatmaps(0).getLogit()).isEqualTo(200);
  }

  @Test
  void frameThatIsDecodedWhileTheOneBeforeIsInAPassIsComparedWithWhatIsSettled() {
    ExplanationStream stream = live(CHANGES);
    Worker other = batcher.worker();
    explain(stream, 1, 100);
    model.last.during(
        () -> {
          model.last.during(() -> {});
          frame(stream, 3, 101);
          other.step();
          frame(stream, 4, 200);
          other.step();
          frame(stream, 5, 200);
        });
    // Frame 4 is explained before frame 2, which looks the same.
    explain(stream, 2, 200);
    explain(stream, 6, 201);
    assertThat(answers())
        .containsExactly(
            "1/1 EXPLAINED",
            "2/1 EXPLAINED",
            "3/1 UNCHANGED 1",
            "4/1 EXPLAINED",
            "5/1 UNCHANGED 4",
            "6/1 UNCHANGED 4");
  }

  @Test
  void answerWaitsForTheExplanationThatItNames() {
    ExplanationStream stream = live(CHANGES);
    Worker other = batcher.worker();
    model.last.during(
        () -> {
          model.last.during(() -> {});
          frame(stream, 2, 100);
          other.step();
          frame(stream, 3, 100);
          other.step();
          assertThat(answers()).isEmpty();
        });
    explain(stream, 1, 10);
    assertThat(answers()).containsExactly("1/1 EXPLAINED", "2/1 EXPLAINED", "3/1 UNCHANGED 2");
  }

  @Test
  void unchangedFrameOfAMethodOfManyPassesSparesAllOfThem() {
    ExplanationStream stream =
        live(
            CHANGES.toBuilder()
                .addMethods(Method.METHOD_RISE)
                .setRandomMasks(RandomMasks.newBuilder().setCount(9))
                .build());
    explain(stream, 1, 100);
    int passes = passes();
    frame(stream, 2, 100);
    frame(stream, 3, 101);
    work();
    explain(stream, 4, 200);
    assertThat(answers())
        .containsExactly("1/1 EXPLAINED", "2/1 SUPERSEDED", "3/1 UNCHANGED 1", "4/1 EXPLAINED");
    assertThat(passes()).isEqualTo(2 * passes);
    assertThat(batcher.waiting()).isZero();
    assertThat(batcher.places()).isZero();
  }

  private int passes() {
    return model.last.passes().size()
        + model.early.passes().size()
        + model.input.passes().size()
        + model.head.passes().size();
  }

  @Test
  void imageBatchIsExplainedWhateverItSays() {
    ExplanationStream stream = streams.batch(sink).orElseThrow();
    stream.start();
    stream.options(CHANGES);
    explain(stream, 1, 100);
    explain(stream, 2, 100);
    assertThat(answers()).containsExactly("1/1 EXPLAINED", "2/1 EXPLAINED");
  }

  @Test
  void tensorsAreAlwaysExplained() {
    ExplanationStream stream = live(CHANGES);
    frame(stream, 1, PixelModel.image(100));
    work();
    frame(stream, 2, PixelModel.image(100));
    work();
    assertThat(answers()).containsExactly("1/1 EXPLAINED", "2/1 EXPLAINED");
  }

  @Test
  void streamThatDidNotAskIsAnsweredAsEver() {
    RecordingSink asking = new RecordingSink();
    ExplanationStream plain = live(ALL);
    ExplanationStream other = live(asking, CHANGES);
    RecordingSink before = new RecordingSink();
    ExplanationStream alone = live(before, ALL);
    int[] levels = {100, 100, 101, 50, 50};
    for (int i = 0; i < levels.length; i++) {
      explain(alone, i, levels[i]);
    }
    for (int i = 0; i < levels.length; i++) {
      frame(plain, i, levels[i]);
      frame(other, i, levels[i]);
      work();
    }
    assertThat(untimed(sink)).hasSize(levels.length).isEqualTo(untimed(before));
    assertThat(answers(asking))
        .containsExactly(
            "0/1 EXPLAINED",
            "1/1 UNCHANGED 0",
            "2/1 UNCHANGED 0",
            "3/1 EXPLAINED",
            "4/1 UNCHANGED 3");
    assertThat(untimed(asking).get(3)).isEqualTo(untimed(sink).get(3));
  }

  private static List<Explanation> untimed(RecordingSink sink) {
    return sink.answers().stream().map(answer -> answer.toBuilder().clearTiming().build()).toList();
  }
}
