package dev.sightline.server.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.FakeBackend;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.batch.Refusal;
import dev.sightline.v1.Draining;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Image;
import dev.sightline.v1.Method;
import dev.sightline.v1.Outcome;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A client that does what comes to its mind, and knows what it must be answered: it is the model
 * against which streams and batches are tested. It keeps to flow control as gRPC does.
 */
final class SimulatedClient {

  /** What options do to the frames under them. */
  private enum Kind {
    CAM,
    GRAD_CAM,
    EARLY,
    HURRIED,
    CHANGES,
    UNKNOWN_LAYER;

    ExplainOptions options() {
      ExplainOptions.Builder options = ExplainOptions.newBuilder();
      return switch (this) {
        case CAM -> options.addMethods(Method.METHOD_CAM).build();
        case GRAD_CAM -> options.build();
        case EARLY -> options.addLayers("early").build();
        case HURRIED ->
            options
                .setMaxAge(com.google.protobuf.Duration.newBuilder().setNanos(2_000_000))
                .build();
        case CHANGES -> options.setUnchangedWithin(WITHIN).build();
        case UNKNOWN_LAYER -> options.addLayers("nowhere").build();
      };
    }
  }

  private static final int WITHIN = 2;

  private record Sent(long sequence, long generation, Kind kind, float pixel) {}

  final RecordingSink sink = new RecordingSink();
  private final boolean live;
  private final Random random;
  private final ExplanationStream stream;
  private final List<Sent> sent = new ArrayList<>();
  private long sequence;
  private long generation;
  private Kind kind = Kind.GRAD_CAM;
  private boolean closed;
  private boolean cancelled;

  SimulatedClient(boolean live, Random random, Streams streams) {
    this.live = live;
    this.random = random;
    this.stream = (live ? streams.live(sink) : streams.batch(sink)).orElseThrow();
    stream.start();
  }

  /** Does one thing, if it may. */
  void act() {
    int choice = random.nextInt(1000);
    if (choice < 700) {
      message();
    } else if (choice < 850) {
      sink.ready = false;
    } else if (choice < 996) {
      read();
    } else if (choice < 998) {
      halfClose();
    } else if (choice < 999) {
      cancel();
    } else {
      stream.drain();
    }
  }

  void read() {
    sink.ready = true;
    stream.ready();
  }

  void halfClose() {
    if (!closed && !cancelled) {
      closed = true;
      stream.halfClose();
    }
  }

  boolean over() {
    return cancelled || sink.hasEnded();
  }

  int owed() {
    return stream.owed();
  }

  int explained() {
    return stream.explained();
  }

  int sent() {
    return sent.size();
  }

  private void cancel() {
    cancelled = true;
    stream.cancel();
  }

  private void message() {
    if (closed || cancelled || sink.reads.get() == 0) {
      return;
    }
    sink.reads.decrementAndGet();
    if (generation == 0 || random.nextInt(10) == 0) {
      kind = Kind.values()[random.nextInt(Kind.values().length)];
      generation++;
      stream.options(kind.options());
      return;
    }
    sequence += 1 + random.nextInt(3);
    float pixel =
        switch (random.nextInt(12)) {
          case 0 -> FakeBackend.POISON;
          case 1 -> Float.NaN;
          default -> kind == Kind.CHANGES ? random.nextInt(1, 8) : random.nextInt(1, 100_000);
        };
    sent.add(new Sent(sequence, generation, kind, pixel));
    Image image =
        kind == Kind.CHANGES && pixel > 0
            ? PixelModel.picture((int) pixel)
            : PixelModel.image(pixel);
    stream.frame(Frame.newBuilder().setSequence(sequence).setImage(image).build());
  }

  /**
   * Every answer so far is the right one to the next frame, and at the end there is one for each,
   * up to the last that a drained stream says it accepted.
   */
  void check() {
    List<Explanation> answers = sink.answers();
    List<Sent> accepted = accepted();
    assertThat(answers).hasSizeLessThanOrEqualTo(accepted.size());
    for (int i = 0; i < answers.size(); i++) {
      check(accepted.get(i), answers.get(i));
      if (answers.get(i).hasUnchangedSince()) {
        checkUnchanged(i, accepted, answers);
      }
    }
    if (sink.hasEnded()) {
      assertThat(sink.failure).isEqualTo(drained() ? Refusal.DRAINING : null);
      assertThat(answers).hasSameSizeAs(accepted);
    }
  }

  boolean drained() {
    return sink.notice != null;
  }

  private List<Sent> accepted() {
    Draining notice = sink.notice;
    return notice == null
        ? sent
        : sent.stream()
            .filter(
                frame -> notice.hasLastSequence() && frame.sequence() <= notice.getLastSequence())
            .toList();
  }

  private void check(Sent frame, Explanation answer) {
    assertThat(answer.getSequence()).isEqualTo(frame.sequence);
    assertThat(answer.getGeneration()).isEqualTo(frame.generation);
    assertThat(answer.hasTiming()).isTrue();
    assertThat(answer.getOutcome()).isIn(expected(frame));
    assertThat(answer.hasProblem())
        .isEqualTo(
            answer.getOutcome() != Outcome.OUTCOME_EXPLAINED
                && answer.getOutcome() != Outcome.OUTCOME_UNCHANGED);
    assertThat(answer.hasUnchangedSince())
        .isEqualTo(answer.getOutcome() == Outcome.OUTCOME_UNCHANGED);
    if (answer.getOutcome() == Outcome.OUTCOME_EXPLAINED) {
      assertThat(answer.getHeatmaps(0).getLogit()).isEqualTo(frame.pixel);
      assertThat(answer.getHeatmaps(0).getLayer())
          .isEqualTo(frame.kind == Kind.EARLY ? "early" : "last");
      assertThat(answer.getHeatmaps(0).getMethod() == Method.METHOD_CAM)
          .isEqualTo(frame.kind == Kind.CAM);
    }
  }

  /**
   * The frame that is named came and was explained before, under the same options, and is alike.
   */
  private static void checkUnchanged(int at, List<Sent> accepted, List<Explanation> answers) {
    long since = answers.get(at).getUnchangedSince();
    int named = at - 1;
    while (named > 0 && accepted.get(named).sequence > since) {
      named--;
    }
    assertThat(named).isNotNegative();
    assertThat(accepted.get(named).sequence).isEqualTo(since);
    assertThat(accepted.get(named).generation).isEqualTo(accepted.get(at).generation);
    assertThat(answers.get(named).getOutcome()).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(Math.abs(accepted.get(named).pixel - accepted.get(at).pixel))
        .isLessThanOrEqualTo(WITHIN);
  }

  private Set<Outcome> expected(Sent frame) {
    if (frame.kind == Kind.UNKNOWN_LAYER) {
      return EnumSet.of(Outcome.OUTCOME_INVALID_OPTIONS);
    }
    Set<Outcome> expected = EnumSet.noneOf(Outcome.class);
    if (live) {
      expected.add(Outcome.OUTCOME_SUPERSEDED);
      expected.add(Outcome.OUTCOME_OVERLOADED);
      if (frame.kind == Kind.CHANGES && frame.pixel > 0) {
        expected.add(Outcome.OUTCOME_UNCHANGED);
      }
    }
    if (frame.kind == Kind.HURRIED) {
      expected.add(Outcome.OUTCOME_STALE);
    }
    expected.add(
        frame.pixel == FakeBackend.POISON
            ? Outcome.OUTCOME_INTERNAL
            : Float.isNaN(frame.pixel) ? Outcome.OUTCOME_INVALID_IMAGE : Outcome.OUTCOME_EXPLAINED);
    return expected;
  }
}
