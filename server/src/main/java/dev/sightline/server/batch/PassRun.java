package dev.sightline.server.batch;

import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassBuffers;
import dev.sightline.server.engine.PassResult;
import dev.sightline.v1.Explanation;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the pass of a prepared batch and hands each frame what it gave. A pass that fails is split
 * in two, and again, until what fails is one frame alone: so each image fails only after a second
 * try, and takes no other with it.
 *
 * <p>If none of them passes, a blank image tells whose fault it is: theirs, or the engine's.
 */
final class PassRun {
  private static final Logger log = LoggerFactory.getLogger(PassRun.class);

  private final Batcher batcher;
  private final Lane lane;
  private final Lane.Open open;
  private final FloatBuffer images;
  private final Supplier<FloatBuffer> spare;
  private final PassBuffers results;
  private final List<Slot> slots;
  private boolean passed;

  /**
   * A run over frames that lie one after the other.
   *
   * @param open what its lane's backend takes
   * @param images with room for as many frames as a pass takes
   * @param spare gives a second buffer of that size
   * @param results where the pass may leave what it computes
   */
  PassRun(
      Batcher batcher,
      Lane lane,
      Lane.Open open,
      FloatBuffer images,
      Supplier<FloatBuffer> spare,
      PassBuffers results,
      List<Slot> slots) {
    this.batcher = batcher;
    this.lane = lane;
    this.open = open;
    this.images = images;
    this.spare = spare;
    this.results = results;
    this.slots = slots;
  }

  /** Runs it; false if the engine failed on whatever it was given. */
  boolean run() {
    Breaker breaker = slots.get(0).stage().lane().breaker();
    try {
      pass(images, slots);
    } catch (VirtualMachineError e) {
      fail(slots, e);
    } catch (RuntimeException | Error e) {
      if (breaker.state() == Breaker.State.HALF_OPEN && !takesBlank()) {
        fail(slots, e);
        return false;
      }
      log.warn("A pass of {} frames failed and is split: {}", slots.size(), e.toString());
      split(0, slots.size());
    }
    return passed || !breaker.watches() || takesBlank();
  }

  /** Whether the engine computes a blank image in the place of the first frame. */
  private boolean takesBlank() {
    try {
      FloatBuffer blank = spare.get();
      for (int i = 0; i < open.imageSize(); i++) {
        blank.put(i, 0);
      }
      int[] classes = slots.get(0).stage().rowClasses();
      open.backend().run(new Pass(blank, 1, new int[classes.length], classes), results);
      return true;
    } catch (RuntimeException | Error e) {
      log.warn("The engine fails on a blank image too: {}", e.toString());
      return false;
    }
  }

  private void split(int from, int to) {
    int middle = (from + to) >>> 1;
    if (middle > from) {
      retry(from, middle);
    }
    retry(middle, to);
  }

  private void retry(int from, int to) {
    List<Slot> some = slots.subList(from, to);
    if (some.stream().allMatch(slot -> slot.item().answered)) {
      return;
    }
    try {
      pass(copy(from, to), some);
    } catch (VirtualMachineError e) {
      fail(some, e);
    } catch (RuntimeException | Error e) {
      if (some.size() == 1) {
        fail(some, e);
      } else {
        split(from, to);
      }
    }
  }

  /** Only the pass itself may throw: from then on each image fails alone. */
  private void pass(FloatBuffer input, List<Slot> some) {
    int[] rowFrames =
        IntStream.range(0, some.size())
            .flatMap(i -> IntStream.of(some.get(i).stage().rowClasses()).map(c -> i))
            .toArray();
    int[] rowClasses =
        some.stream().flatMapToInt(slot -> IntStream.of(slot.stage().rowClasses())).toArray();
    long start = batcher.nanoTime();
    PassResult result = run(new Pass(input, some.size(), rowFrames, rowClasses), some, start);
    passed = true;
    long end = batcher.nanoTime();
    open.times().took(some.size(), end - start);
    batcher
        .telemetry()
        .passed(lane.name(), some.size(), rowFrames.length, end - start, oldest(some, start));
    Map<Item, Long> frames =
        some.stream().collect(Collectors.groupingBy(Slot::item, Collectors.counting()));
    frames.forEach((item, count) -> item.computed(start, end, some.size(), count.intValue()));
    int row = 0;
    for (int i = 0; i < some.size(); i++) {
      read(some.get(i), result, i, row);
      row += some.get(i).stage().rowClasses().length;
    }
  }

  private PassResult run(Pass pass, List<Slot> some, long start) {
    PassEvent event = new PassEvent();
    event.failed = true;
    event.begin();
    try {
      PassResult result = open.backend().run(pass, results);
      event.failed = false;
      return result;
    } finally {
      event.end();
      if (event.shouldCommit()) {
        event.lane = lane.name();
        event.frames = pass.frames();
        event.rows = pass.rows();
        event.computeTime = batcher.nanoTime() - start;
        event.oldest = oldest(some, start);
        event.commit();
      }
    }
  }

  private static long oldest(List<Slot> some, long now) {
    long oldest = 0;
    for (Slot slot : some) {
      oldest = Math.max(oldest, slot.item().age(now));
    }
    return oldest;
  }

  private void read(Slot slot, PassResult result, int frame, int firstRow) {
    Item item = slot.item();
    if (item.source.cancelled) {
      batcher.refuse(item, Refusal.CANCELLED);
      return;
    }
    long start = batcher.nanoTime();
    try {
      slot.stage().read(slot.frame(), result, frame, firstRow);
      if (batcher.returned(item)) {
        goOn(item, start);
      } else {
        long end = batcher.nanoTime();
        item.postprocessed(end - start);
        item.progressed(end);
      }
    } catch (RefusedException e) {
      batcher.refuse(item, e.refusal());
    } catch (RuntimeException | Error e) {
      item.source.logging(
          () -> log.error("An image could not be explained by {}", slot.stage().lane(), e));
      batcher.refuse(item, Worker.internal("The server failed on this image.", slot.stage()));
    }
  }

  /** The image's stage is over: the next one begins, or the image is answered. */
  private void goOn(Item item, long start) throws RefusedException {
    Stage next = item.work.next();
    if (next != null) {
      long end = batcher.nanoTime();
      item.postprocessed(end - start);
      item.progressed(end);
      batcher.advance(item, next);
      return;
    }
    Explanation.Builder explanation = Explanation.newBuilder();
    item.work.explain(explanation);
    item.postprocessed(batcher.nanoTime() - start);
    batcher.explained(item, explanation);
  }

  private void fail(List<Slot> some, Throwable cause) {
    if (some.size() == 1) {
      Source source = some.get(0).item().source;
      source.logging(() -> log.error("A pass of one frame of {} failed", lane, cause));
    } else {
      log.error("A pass of {} frames of {} failed", some.size(), lane, cause);
    }
    for (Slot slot : some) {
      batcher.refuse(
          slot.item(), Worker.internal("The inference engine failed on this image.", slot.stage()));
    }
  }

  /**
   * The frames of a range at the front of a buffer of their own: the pass may write behind them.
   */
  private FloatBuffer copy(int from, int to) {
    FloatBuffer copy = spare.get();
    copy.put(0, images, from * open.imageSize(), (to - from) * open.imageSize());
    return copy;
  }
}
