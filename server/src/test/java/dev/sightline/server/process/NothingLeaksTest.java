package dev.sightline.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.Encoding;
import dev.sightline.client.LiveStream;
import dev.sightline.client.Method;
import dev.sightline.client.Options;
import dev.sightline.client.SightlineClient;
import dev.sightline.server.app.Main;
import dev.sightline.server.app.SmallModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server holds after many frames what it held after the first quarter of them; and the same check
 * finds what leaks in a server that was made to leak.
 */
@EnabledOnOs(OS.LINUX)
class NothingLeaksTest {
  private static final int FRAMES = 15_000;
  private static final int FRAMES_OF_CONTROLS = 4_000;
  private static final Options OPTIONS =
      Options.builder()
          .methods(
              Method.GRAD_CAM,
              Method.GRAD_CAM_PER_CHANNEL,
              Method.GRAD_CAM_PLUS_PLUS,
              Method.GRAD_CAM_PLUS_PLUS_NORMALISED,
              Method.EXTENDED_CAM,
              Method.HI_RES_CAM,
              Method.LAYER_CAM,
              Method.XGRAD_CAM)
          .mostProbable(2)
          .encoding(Encoding.GRID_FLOAT32)
          .build();
  private static final long MIB = 1 << 20;

  private static final long HEAP_BOUND = 10 * MIB;

  /**
   * For code that is compiled late, and what the C library keeps for its threads: 5 MiB in 150,000
   * frames, and nothing any more in the last 50,000 of them.
   */
  private static final long NATIVE_BOUND = 16 * MIB;

  private enum Leak {
    HEAP,
    NATIVE,
    NETTY
  }

  @TempDir Path folder;

  @Test
  @Timeout(180)
  void memoryIsFlatAfterTheFirstQuarter() throws Exception {
    assertThat(leaks(FRAMES, Main.class)).isEmpty();
  }

  @Test
  @Tag("soak")
  @Timeout(900)
  void memoryIsFlatAfterTheFirstQuarterOfTwoHundredThousandFrames() throws Exception {
    assertThat(leaks(200_000, Main.class)).isEmpty();
  }

  @Test
  @Timeout(180)
  void answersThatAreKeptAreFound() throws Exception {
    assertThat(leaks(FRAMES_OF_CONTROLS, LeakingProgram.class, LeakingProgram.ANSWERS))
        .containsOnlyKeys(Leak.HEAP);
  }

  @Test
  @Timeout(180)
  void buffersThatAreForgottenAreFound() throws Exception {
    assertThat(leaks(FRAMES_OF_CONTROLS, LeakingProgram.class, LeakingProgram.BUFFERS))
        .containsOnlyKeys(Leak.NATIVE, Leak.NETTY);
  }

  private Map<Leak, String> leaks(int frames, Class<?> main, String... flaw) throws Exception {
    // A heap that is there in full from the start: what grows is outside of it.
    List<String> jvm =
        new ArrayList<>(
            List.of(
                "-Xms128m",
                "-Xmx128m",
                "-XX:+AlwaysPreTouch",
                "-XX:TieredStopAtLevel=1",
                "-Dio.netty.leakDetection.level=paranoid"));
    jvm.addAll(List.of(flaw));
    Path model = SmallModel.install(folder, "small");
    try (ServerProcess server = ServerProcess.start(jvm, main, model, 0)) {
      int sent = 0;
      while (sent < frames / 4) {
        sent += visit(server.address());
      }
      Footprint quarter = Footprint.of(server.pid());
      while (sent < frames) {
        sent += visit(server.address());
      }
      Footprint whole = Footprint.of(server.pid());
      // Netty tells of a buffer that was collected when it gives out another one.
      visit(server.address());
      server.terminate();
      server.awaitExit();
      Map<Leak, String> found = new EnumMap<>(Leak.class);
      if (whole.heap() - quarter.heap() > HEAP_BOUND) {
        found.put(Leak.HEAP, quarter + " to " + whole);
      }
      if (whole.resident() - quarter.resident() > NATIVE_BOUND) {
        found.put(Leak.NATIVE, quarter + " to " + whole);
      }
      if (server.output().contains("LEAK:")) {
        found.put(Leak.NETTY, server.output());
      }
      return found;
    }
  }

  /** A client comes with a batch, a live stream and a single image, and goes; tells how many. */
  private static int visit(String address) {
    int images = 450;
    int frames = 49;
    AtomicInteger answered = new AtomicInteger();
    try (SightlineClient client = SightlineClient.connect(address)) {
      client
          .explainAll(LongStream.rangeClosed(1, images).mapToObj(NumberedImage::of), OPTIONS)
          .forEach(answer -> answered.incrementAndGet());
      try (LiveStream live = client.live(OPTIONS, answer -> answered.incrementAndGet())) {
        for (int i = 1; i <= frames; i++) {
          live.send(NumberedImage.of(i));
        }
      }
      client.explain(NumberedImage.of(1), OPTIONS);
    }
    assertThat(answered).hasValue(images + frames);
    return images + frames + 1;
  }
}
