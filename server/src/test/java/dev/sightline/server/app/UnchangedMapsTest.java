package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.Answer;
import dev.sightline.client.Explanation;
import dev.sightline.client.Image;
import dev.sightline.client.LiveStream;
import dev.sightline.client.Options;
import dev.sightline.client.SightlineClient;
import dev.sightline.server.model.PulledModels;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How far the maps of frames that are not explained are from those they are said to have, for a
 * real network at the tolerance that is recommended.
 */
class UnchangedMapsTest {
  private static final float WITHIN = 3;
  private static final int WIDTH = 640;
  private static final int HEIGHT = 480;

  private static RunningServer server;
  private static SightlineClient client;
  private final Random random = new Random(1);

  @BeforeAll
  static void start() throws IOException {
    server =
        RunningServer.start(
            LoopbackConfig.onPort(0), List.of(PulledModels.require("mobilenet-v1")));
    client = SightlineClient.connect(server.address());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      client.close();
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"djl_kitten.jpg", "both.png"})
  void noiseAndDimmingHardlyMoveAMapAndASmallThingIsNoticed(String photo) throws Exception {
    BufferedImage scene = scene(photo);
    Image first = Image.of(changed(scene, this::noise));
    int seen = client.explain(first).top().index();
    Options options = Options.builder().classIndex(seen).build();
    float[] reference = map(first, options);
    BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
    try (LiveStream live =
        client.live(options.toBuilder().skipUnchanged(WITHIN).build(), answers::add)) {
      assertThat(answer(live, first, answers)).isInstanceOf(Explanation.class);
      for (int i = 0; i < 3; i++) {
        Image noisy = Image.of(changed(scene, this::noise));
        assertThat(answer(live, noisy, answers).isExplained()).as("noise").isFalse();
        assertThat(distance(reference, map(noisy, options))).isLessThan(0.12f);
      }
      Image dimmed = Image.of(changed(scene, level -> noise(level) - 1));
      assertThat(answer(live, dimmed, answers).isExplained()).as("dimmed").isFalse();
      assertThat(distance(reference, map(dimmed, options))).isLessThan(0.12f);

      Image visited = Image.of(changed(visited(scene), this::noise));
      assertThat(answer(live, visited, answers).isExplained()).as("visited").isTrue();
    }
  }

  private static Answer answer(LiveStream live, Image image, BlockingQueue<Answer> answers)
      throws InterruptedException {
    live.send(image);
    return Objects.requireNonNull(answers.poll(20, TimeUnit.SECONDS));
  }

  private static float[] map(Image image, Options options) {
    return client.explain(image, options).heatmap().pixels().values();
  }

  private static float distance(float[] map, float[] other) {
    float largest = 0;
    for (int i = 0; i < map.length; i++) {
      largest = Math.max(largest, Math.abs(map[i] - other[i]));
    }
    return largest;
  }

  private static BufferedImage scene(String photo) throws IOException {
    try (InputStream file = UnchangedMapsTest.class.getResourceAsStream("/photos/" + photo)) {
      BufferedImage scene = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_3BYTE_BGR);
      Graphics2D graphics = scene.createGraphics();
      graphics.drawImage(ImageIO.read(Objects.requireNonNull(file)), 0, 0, WIDTH, HEIGHT, null);
      graphics.dispose();
      return scene;
    }
  }

  /** The scene and in it a thing of 16 x 16 pixels, a thousandth of the picture. */
  private static BufferedImage visited(BufferedImage scene) {
    BufferedImage visited = changed(scene, level -> level);
    Graphics2D graphics = visited.createGraphics();
    graphics.setColor(Color.RED);
    graphics.fillRect(300, 200, 16, 16);
    graphics.dispose();
    return visited;
  }

  private static BufferedImage changed(BufferedImage scene, IntUnaryOperator level) {
    BufferedImage changed = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_3BYTE_BGR);
    int[] levels = scene.getRaster().getPixels(0, 0, WIDTH, HEIGHT, (int[]) null);
    for (int i = 0; i < levels.length; i++) {
      levels[i] = Math.max(0, Math.min(255, level.applyAsInt(levels[i])));
    }
    changed.getRaster().setPixels(0, 0, WIDTH, HEIGHT, levels);
    return changed;
  }

  /** Of a sensor whose standard deviation is 5 grey levels. */
  private int noise(int level) {
    return (int) Math.round(level + 5 * random.nextGaussian());
  }
}
