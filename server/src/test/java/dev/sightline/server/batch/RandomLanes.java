package dev.sightline.server.batch;

import dev.sightline.server.batch.PixelWork.PixelStage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** Lanes of all sorts, some of which cannot be opened, and stages in any of them. */
final class RandomLanes {
  /** A stage, and whether an image that has it may be explained, or fail, or both. */
  record Drawn(PixelStage stage, List<Float> pixels, boolean mayFail, boolean mustFail) {}

  private final List<FakeBackend> backends =
      List.of(new FakeBackend(1), new FakeBackend(4), new FakeBackend(7), new FakeBackend(3));
  private final List<Lane> sound = new ArrayList<>();
  private final Lane hesitant;
  private final FakeBackend flaky = backends.get(3);
  private final Lane broken =
      new Lane(
          "broken",
          () -> {
            throw new IllegalStateException("no room");
          });

  /**
   * Lanes; the hesitant one opens after some attempts, and then its engine fails now and then until
   * its model is left alone.
   */
  RandomLanes(Random random, LongSupplier nanoTime) {
    for (FakeBackend backend : backends.subList(0, 3)) {
      sound.add(new Lane("lane of " + backend.maxBatch(), () -> backend));
    }
    AtomicInteger attempts = new AtomicInteger(1 + random.nextInt(8));
    hesitant =
        new Lane(
            "hesitant",
            () -> {
              if (attempts.decrementAndGet() >= 0) {
                throw new IllegalStateException("not yet");
              }
              return flaky;
            },
            new Breaker(
                "hesitant",
                new BreakerLimits(2, 1, 50, Duration.ofMillis(1), 1 + random.nextInt(2)),
                nanoTime));
  }

  /** What happens while a pass of any of them runs. */
  void during(Runnable action) {
    backends.forEach(backend -> backend.during(action));
  }

  /** A lane in which nothing goes wrong. */
  Lane any(Random random) {
    return sound.get(random.nextInt(sound.size()));
  }

  /** A stage of so many frames, numbered from a pixel on. */
  Drawn stage(Random random, float firstPixel, int frames) {
    int fate = random.nextInt(40);
    if (fate == 1) {
      flaky.failNext(random.nextInt(30));
    }
    Lane lane = fate == 0 ? broken : fate < 4 ? hesitant : any(random);
    List<Float> pixels = new ArrayList<>();
    for (int i = 0; i < frames; i++) {
      pixels.add(firstPixel + i);
    }
    if (fate >= 4 && fate < 7) {
      List<Float> bad = List.of(FakeBackend.POISON, PixelWork.UNREADABLE, PixelWork.BUG_IN_PREPARE);
      pixels.set(random.nextInt(frames), bad.get(fate - 4));
    }
    int[] rows = random.ints(random.nextInt(3), -2, 2).toArray();
    return new Drawn(
        new PixelStage(lane, pixels, rows), pixels, fate < 7, fate == 0 || (fate >= 4 && fate < 7));
  }
}
