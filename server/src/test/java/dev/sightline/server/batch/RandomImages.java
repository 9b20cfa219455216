package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.v1.Explanation;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Prediction;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who submits whatever comes to its mind to sources of its own, and knows what it must be answered.
 * Belongs to one thread; answers come on any.
 */
final class RandomImages {
  private static final int CAPACITY = 3;
  private static final int SPAN = 100;

  private enum Sort {
    LIVE,
    QUEUE,
    SINGLE
  }

  /** A source and what was done to it. */
  private static final class Sender {
    final Sort sort;
    final Source source;
    final AtomicInteger unanswered = new AtomicInteger();
    final AtomicBoolean room = new AtomicBoolean();
    boolean asked;
    boolean paused;
    volatile boolean cancelled;

    Sender(Sort sort, Source source) {
      this.sort = sort;
      this.source = source;
    }

    /** A queue brings an image when it was told that there is room; the others just do. */
    boolean mayBring() {
      if (sort != Sort.QUEUE) {
        return true;
      }
      if (unanswered.get() >= CAPACITY) {
        return false;
      }
      if (!asked) {
        asked = true;
        source.whenRoom(() -> room.set(true));
      }
      boolean may = room.compareAndSet(true, false);
      asked &= !may;
      return may;
    }
  }

  /** An image, and what may become of it. */
  private record Sent(
      Sender sender,
      List<RandomLanes.Drawn> stages,
      boolean perishable,
      CompletableFuture<Explanation> answer) {
    List<Float> pixels() {
      return stages.stream().flatMap(stage -> stage.pixels().stream()).toList();
    }

    Set<Outcome> possible() {
      Set<Outcome> possible = EnumSet.of(Outcome.OUTCOME_DRAINING);
      if (stages.stream().noneMatch(RandomLanes.Drawn::mustFail)) {
        possible.add(Outcome.OUTCOME_EXPLAINED);
      }
      if (stages.stream().anyMatch(RandomLanes.Drawn::mayFail)) {
        possible.add(Outcome.OUTCOME_INTERNAL);
      }
      if (pixels().contains(PixelWork.UNREADABLE)) {
        possible.add(Outcome.OUTCOME_INVALID_IMAGE);
      }
      if (perishable) {
        possible.add(Outcome.OUTCOME_STALE);
      }
      if (sender.cancelled) {
        possible.add(Outcome.OUTCOME_CANCELLED);
      }
      if (sender.sort == Sort.LIVE) {
        possible.add(Outcome.OUTCOME_SUPERSEDED);
      }
      if (sender.sort != Sort.QUEUE) {
        possible.add(Outcome.OUTCOME_OVERLOADED);
      }
      return possible;
    }
  }

  /** Work that holds some bytes. */
  private record Sized(PixelWork work, long bytes) implements Work {
    @Override
    public int frames() {
      return work.frames();
    }

    @Override
    public Stage first() {
      return work.first();
    }

    @Override
    public @Nullable Stage next() {
      return work.next();
    }

    @Override
    public void explain(Explanation.Builder into) {
      work.explain(into);
    }
  }

  private final Random random;
  private final Batcher batcher;
  private final RandomLanes lanes;
  private final List<Sender> senders = new ArrayList<>();
  private final List<Sent> sent = new ArrayList<>();
  private float nextPixel = 10 * SPAN;

  RandomImages(Random random, Batcher batcher, RandomLanes lanes) {
    this.random = random;
    this.batcher = batcher;
    this.lanes = lanes;
    for (int i = 0; i < 6; i++) {
      senders.add(newSender());
    }
  }

  private Sender newSender() {
    return switch (Sort.values()[random.nextInt(3)]) {
      case LIVE -> new Sender(Sort.LIVE, batcher.live());
      case SINGLE -> newSingle();
      case QUEUE ->
          batcher
              .queue(CAPACITY)
              .map(source -> new Sender(Sort.QUEUE, source))
              .orElseGet(this::newSingle);
    };
  }

  private Sender newSingle() {
    return new Sender(Sort.SINGLE, batcher.single());
  }

  /** Submits an image, or pauses, resumes or cancels a source. */
  void act() {
    int at = random.nextInt(senders.size());
    Sender sender = senders.get(at);
    int choice = random.nextInt(30);
    if (choice == 0) {
      sender.cancelled = true;
      sender.source.cancel();
    } else if (choice == 1 && sender.cancelled) {
      senders.set(at, newSender());
    } else if (choice < 6) {
      sender.paused = !sender.paused;
      sender.source.pause(sender.paused);
    } else if (sender.mayBring()) {
      submit(sender, stages(), 10L * (1 + random.nextInt(5)), random.nextInt(4) == 0);
    }
  }

  private List<RandomLanes.Drawn> stages() {
    List<RandomLanes.Drawn> stages = new ArrayList<>();
    float pixel = nextPixel;
    for (int stage = random.nextInt(3); stage >= 0; stage--) {
      int frames = random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 1;
      stages.add(lanes.stage(random, pixel, frames));
      pixel += frames;
    }
    return stages;
  }

  /** An image in which nothing goes wrong. */
  private List<RandomLanes.Drawn> soundStages() {
    List<Float> pixels = List.of(nextPixel, nextPixel + 1);
    return List.of(
        new RandomLanes.Drawn(
            new PixelWork.PixelStage(lanes.any(random), pixels), pixels, false, false));
  }

  private Sent submit(
      Sender sender, List<RandomLanes.Drawn> stages, long bytes, boolean perishable) {
    nextPixel += SPAN;
    Sent image = new Sent(sender, stages, perishable, new CompletableFuture<>());
    sent.add(image);
    sender.unanswered.incrementAndGet();
    PixelWork work =
        new PixelWork(nextPixel, stages.stream().map(RandomLanes.Drawn::stage).toList());
    sender.source.submit(
        new Sized(work, bytes),
        batcher.nanoTime(),
        new Item.Terms(perishable ? 100 : Item.NEVER, random.nextBoolean() ? 1 : Item.NEVER),
        new Receiver() {
          @Override
          public void answer(Explanation.Builder answer) {
            sender.unanswered.decrementAndGet();
            if (!image.answer.complete(answer.build())) {
              image.answer.obtrudeException(new AssertionError("a second answer"));
            }
          }

          @Override
          public void progress(int done, int total) {
            if (done < 1 || done > total || total != work.frames()) {
              image.answer.obtrudeException(new AssertionError(done + " of " + total));
            }
          }
        });
    return image;
  }

  /** Lets all sources' images into batches. */
  void resume() {
    for (Sender sender : senders) {
      sender.paused = false;
      sender.source.pause(false);
    }
  }

  /** Every source that is left serves another image. */
  void submitToEverySource() {
    senders.stream()
        .filter(sender -> !sender.cancelled)
        .forEach(sender -> submit(sender, soundStages(), 10, false));
  }

  /**
   * As many images as there are bytes for, and then one; they are let into batches afterwards.
   *
   * @param images of 10 bytes, for which there is room if nothing was left behind
   */
  void fill(int images) {
    List<Sender> fresh = new ArrayList<>();
    for (int i = 0; i <= images; i++) {
      Sender sender = newSingle();
      sender.source.pause(true);
      Sent image = submit(sender, soundStages(), 10, false);
      assertThat(image.answer.isDone())
          .as("image %d of %d is refused", i, images)
          .isEqualTo(i == images);
      fresh.add(sender);
    }
    fresh.forEach(sender -> sender.source.pause(false));
  }

  /** Waits until something was answered. */
  void awaitFirst() throws Exception {
    while (sent.isEmpty()) {
      Thread.onSpinWait();
    }
    sent.get(0).answer.get(30, TimeUnit.SECONDS);
  }

  void awaitAll() throws Exception {
    for (Sent image : sent) {
      image.answer.get(30, TimeUnit.SECONDS);
    }
  }

  /** All is answered as it must be. */
  void checkAll() {
    for (Sent image : sent) {
      assertThat(image.answer).as("%s", image.stages).isCompleted();
      Explanation answer = image.answer.join();
      assertThat(answer.getOutcome()).as("%s", image.stages).isIn(image.possible());
      if (answer.getOutcome() == Outcome.OUTCOME_EXPLAINED) {
        assertThat(answer.getPredictionsList())
            .extracting(Prediction::getLogit)
            .containsExactlyElementsOf(image.pixels());
        assertThat(answer.getTiming().getFrames()).isEqualTo(image.pixels().size());
      }
    }
  }

  Stream<Outcome> outcomes() {
    return sent.stream().map(image -> image.answer.join().getOutcome());
  }
}
