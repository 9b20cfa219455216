package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.Answer;
import dev.sightline.client.Explanation;
import dev.sightline.client.Heatmap;
import dev.sightline.client.Image;
import dev.sightline.client.LiveStream;
import dev.sightline.client.Options;
import dev.sightline.client.Outcome;
import dev.sightline.client.Reason;
import dev.sightline.client.SightlineClient;
import dev.sightline.client.Unexplained;
import dev.sightline.server.app.telemetry.Watch;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A still camera at a real server, from the SDK to the engine and back. */
class UnchangedUnderTheSdkTest {
  private final CountedEngine engine = new CountedEngine();
  private final AtomicInteger passes = new AtomicInteger();

  @TempDir Path store;
  private RunningServer server;
  private SightlineClient client;

  @BeforeEach
  void start() throws Exception {
    Path model = SmallModel.install(store, "small");
    server = RunningServer.start(LoopbackConfig.onPort(0), List.of(model), Watch.none(), engine);
    client = SightlineClient.connect(server.address());
    client.models();
    engine.during = passes::incrementAndGet;
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  /** A scene with a thing in it. */
  private static Image scene(int x) {
    BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = picture.createGraphics();
    graphics.setColor(new Color(90, 120, 60));
    graphics.fillRect(0, 0, 64, 64);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(x, 20, 6, 6);
    graphics.dispose();
    return Image.of(picture);
  }

  /** Sends frame by frame, each after the answer to the one before. */
  private List<Answer> answers(Options options, int... places) throws Exception {
    BlockingQueue<Answer> came = new LinkedBlockingQueue<>();
    List<Answer> answers = new ArrayList<>();
    try (LiveStream live = client.live(options, came::add)) {
      for (int place : places) {
        live.send(scene(place));
        answers.add(taken(came));
      }
    }
    assertThat(came).isEmpty();
    return answers;
  }

  private static List<String> told(List<Answer> answers) {
    return answers.stream()
        .map(
            answer ->
                answer instanceof Unexplained why
                    ? why.outcome() + " " + why.unchangedSince().orElse(0)
                    : "EXPLAINED")
        .toList();
  }

  @Test
  void whatStandsStillIsExplainedOnceAndWhatMovesAgain() throws Exception {
    List<Answer> answers =
        answers(Options.builder().skipUnchanged(3).build(), 10, 10, 10, 12, 12, 10);
    assertThat(told(answers))
        .containsExactly(
            "EXPLAINED", "UNCHANGED 1", "UNCHANGED 1", "EXPLAINED", "UNCHANGED 4", "EXPLAINED");
    assertThat(passes).hasValue(3);
    assertThat(answers).extracting(Answer::sequence).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    Unexplained unchanged = (Unexplained) answers.get(1);
    assertThat(unchanged.reason()).isEqualTo(Reason.UNCHANGED);
    assertThat(unchanged.timing().frames()).isZero();
    assertThat(unchanged.timing().preprocess()).isPositive();
  }

  @Test
  void streamThatDidNotAskGetsTheSameAsEver() throws Exception {
    int[] places = {10, 10, 12};
    List<Answer> plain = answers(Options.defaults(), places);
    assertThat(told(plain)).containsOnly("EXPLAINED");
    assertThat(passes).hasValue(3);
    List<Answer> asking = answers(Options.builder().skipUnchanged(3).build(), places);
    assertThat(told(asking)).containsExactly("EXPLAINED", "UNCHANGED 1", "EXPLAINED");
    for (int i = 0; i < places.length; i++) {
      List<Heatmap> alone = client.explain(scene(places[i])).heatmaps();
      assertThat(data(plain.get(i))).isEqualTo(data(alone));
      if (asking.get(i).isExplained()) {
        assertThat(data(asking.get(i))).isEqualTo(data(alone));
      }
    }
  }

  private static List<?> data(Answer answer) {
    return data(((Explanation) answer).heatmaps());
  }

  private static List<?> data(List<Heatmap> maps) {
    return maps.stream().map(Heatmap::toProto).toList();
  }

  @Test
  void toleranceThatIsNoneIsTold() throws Exception {
    Unexplained refused =
        (Unexplained) answers(Options.builder().skipUnchanged(Float.NaN).build(), 1).get(0);
    assertThat(refused.outcome()).isEqualTo(Outcome.INVALID_OPTIONS);
    assertThat(refused.message())
        .isEqualTo("unchanged_within is NaN; it must be from 0 to 255 grey levels.");
  }

  @Test
  void frameOnWhichTheEngineFailedIsNoReference() throws Exception {
    BlockingQueue<Answer> came = new LinkedBlockingQueue<>();
    try (LiveStream live = client.live(Options.builder().skipUnchanged(3).build(), came::add)) {
      engine.failing = true;
      live.send(scene(10));
      assertThat(told(List.of(taken(came)))).containsExactly("INTERNAL 0");
      engine.failing = false;
      live.send(scene(10));
      assertThat(told(List.of(taken(came)))).containsExactly("EXPLAINED");
      live.send(scene(10));
      assertThat(told(List.of(taken(came)))).containsExactly("UNCHANGED 2");
    }
  }

  private static Answer taken(BlockingQueue<Answer> came) throws InterruptedException {
    Answer answer = came.poll(20, TimeUnit.SECONDS);
    if (answer == null) {
      throw new AssertionError("no answer came for twenty seconds");
    }
    return answer;
  }
}
