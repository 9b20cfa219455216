package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PassEventTest {
  private static final String LANE = "recorded/layer";

  @TempDir Path folder;

  private final FakeClock clock = new FakeClock();
  private final FakeBackend backend = new FakeBackend(4);
  private final Lane lane = new Lane(LANE, () -> backend);
  private final Batcher batcher = new Batcher(BatchLimits.DEFAULT, clock);
  private final Worker worker = batcher.worker();

  private void submit(float pixel, int... rowClasses) {
    batcher
        .single()
        .submit(
            new PixelWork(lane, pixel, rowClasses),
            clock.getAsLong(),
            new Item.Terms(Item.NEVER, Item.NEVER),
            answer -> {});
  }

  private void work() {
    while (worker.step()) {}
  }

  @Test
  void aRecordingHasEveryPassAndThoseThatFailed() throws Exception {
    Path file = folder.resolve("passes.jfr");
    try (Recording recording = new Recording()) {
      recording.enable(PassEvent.NAME);
      recording.start();
      backend.during(() -> clock.advance(Duration.ofMillis(7)));
      submit(1, 0, 1);
      clock.advance(Duration.ofMillis(30));
      submit(2, 0);
      submit(3);
      work();
      submit(FakeBackend.POISON, 1);
      work();
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> passes =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals(PassEvent.NAME))
            .filter(event -> event.getString("lane").equals(LANE))
            .toList();
    assertThat(passes).extracting(event -> event.getInt("frames")).containsExactly(3, 1, 1);
    assertThat(passes)
        .extracting(event -> event.getBoolean("failed"))
        .containsExactly(false, true, true);
    RecordedEvent first = passes.get(0);
    assertThat(first.getInt("rows")).isEqualTo(3);
    assertThat(first.getDuration("computeTime")).isEqualTo(Duration.ofMillis(7));
    assertThat(first.getDuration("oldest")).isEqualTo(Duration.ofMillis(30));
  }
}
