package dev.sightline.client.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.Explanation;
import dev.sightline.client.Image;
import dev.sightline.client.Options;
import dev.sightline.client.Pictures;
import dev.sightline.client.SightlineClient;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GeneratorTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Pace FIXED = new Pace.Open(100, ArrivalProcess.FIXED);

  private final StubbornServer server = new StubbornServer();

  GeneratorTest() throws IOException {}

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"LIVE", "BATCH"})
  void aClosedLoopKeepsExactlyItsFramesUnanswered(CallKind call) throws InterruptedException {
    // With one frame fewer under way this server would never answer; with one more it would see it.
    server.keeping(3);
    Result result = run(plan(call, 2, new Pace.Closed(3), 500), PATIENCE);
    assertThat(server.mostUnanswered).hasValue(3);
    assertThat(result.balance().sent()).isGreaterThan(6).isEqualTo(server.frames.get());
    assertThat(result.isClean()).isTrue();
    assertThat(result.drops()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void everyFrameOfAnOpenLoopHasAnAnswer(CallKind call) throws InterruptedException {
    Result result = run(plan(call, 4, FIXED, 500), PATIENCE);
    assertThat(result.frames().offered()).isBetween(48L, 52L);
    assertThat(result.balance().answered()).isEqualTo(result.balance().sent());
    assertThat(result.isClean()).isTrue();
    assertThat(result.bytes().perHeatmap()).isEqualTo(18);
    assertThat(result.bytes().perAnswer()).isBetween(100.0, 1000.0);
    assertThat(result.bytes().perFrame()).isGreaterThan(Pictures.png(8, 8).length);
    assertThat(result.split().batch()).isEqualTo(2);
    assertThat(result.generator()).isPositive();
  }

  @Test
  void eachPictureIsSentAsOftenAsItStandsStill() throws InterruptedException {
    Plan plan = standing(3, Options.defaults(), CallKind.BATCH);
    assertThat(run(plan, PATIENCE).isClean()).isTrue();
    List<dev.sightline.v1.Image> images = List.copyOf(server.images);
    assertThat(images).hasSizeGreaterThan(30);
    for (int i = 0; i < images.size(); i++) {
      assertThat(images.get(i)).isEqualTo(images.get(i / 3 % 2 * 3));
    }
    assertThat(images.get(0)).isNotEqualTo(images.get(3));
  }

  @Test
  void aClosedLoopGoesOnAtOnceAfterAFrameThatHasNotChanged() throws InterruptedException {
    Options changes = Options.builder().skipUnchanged(3).build();
    Result result = run(standing(10, changes, CallKind.LIVE), PATIENCE);
    // With a pause after each there were five at most.
    assertThat(result.frames().unchanged()).isGreaterThan(20);
    assertThat(result.frames().good()).isEqualTo(result.frames().offered());
    assertThat(result.isClean()).isTrue();
  }

  /** One stream in a closed loop. */
  private static Plan standing(int still, Options options, CallKind call) {
    return new Plan(
        call,
        List.of(new Asked("all", options)),
        new Pace.Closed(1),
        still,
        Duration.ZERO,
        Duration.ofMillis(500),
        null,
        PATIENCE,
        false,
        1);
  }

  /** A loop that waits for its answers would have seen one slow frame of a hundred. */
  @ParameterizedTest
  @EnumSource(names = {"LIVE", "BATCH"})
  void aStallCountsForEveryFrameThatWasDueMeanwhile(CallKind call) throws InterruptedException {
    server.stalling(40, 300);
    Result result = run(plan(call, 1, FIXED, 1000), PATIENCE);
    assertThat(result.latency().p90()).isGreaterThan(150);
    assertThat(result.latency().p99()).isGreaterThan(250);
    assertThat(result.isClean()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aSwallowedAnswerUpsetsTheBalance(CallKind call) throws InterruptedException {
    server.swallowing(20);
    Duration patience = Duration.ofMillis(300);
    Result result = run(plan(call, 1, FIXED, 400), patience);
    assertThat(result.isClean()).isFalse();
    assertThat(result.balance().lost()).isPositive();
    assertThat(result.balance().sent())
        .isEqualTo(result.balance().answered() + result.balance().lost());
    assertThat(result.drops().keySet()).anyMatch(reason -> reason.startsWith("lost: "));
  }

  @Test
  void aLoadThatIsStoppedReportsWhatItHas() throws InterruptedException {
    try (SightlineClient client = SightlineClient.connect(server.address())) {
      Generator generator = new Generator(List.of(client), FRAMES, new WireBytes(), true);
      AtomicInteger ticks = new AtomicInteger();
      Result result =
          generator.run(
              plan(CallKind.LIVE, 1, FIXED, 60_000),
              perSecond -> {
                if (ticks.incrementAndGet() == 5) {
                  generator.stop();
                }
              });
      assertThat(result.interrupted()).isTrue();
      assertThat(result.seconds()).isLessThan(30);
      assertThat(result.frames().explained()).isPositive();
      assertThat(result.isClean()).isTrue();
    }
  }

  private static final List<Image> FRAMES =
      List.of(Image.encoded(Pictures.png(8, 8)), Image.encoded(Pictures.png(16, 8)));

  private Result run(Plan plan, Duration patience) throws InterruptedException {
    WireBytes wire = new WireBytes();
    try (SightlineClient client =
        SightlineClient.builder(server.address()).deadline(patience).interceptor(wire).build()) {
      // Classes are loaded and the connection is made before anything is due.
      Explanation unused = client.explain(FRAMES.get(0));
      server.frames.set(0);
      Plan patient =
          new Plan(
              plan.call(),
              plan.streams(),
              plan.pace(),
              plan.still(),
              plan.warmUp(),
              plan.duration(),
              plan.deadline(),
              patience,
              true,
              plan.seed());
      return new Generator(List.of(client), FRAMES, wire, true).run(patient, perSecond -> {});
    }
  }

  private static Plan plan(CallKind call, int streams, Pace pace, long millis) {
    return new Plan(
        call,
        Collections.nCopies(streams, new Asked("all", Options.defaults())),
        pace,
        1,
        Duration.ZERO,
        Duration.ofMillis(millis),
        null,
        PATIENCE,
        false,
        1);
  }
}
