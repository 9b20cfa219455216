package dev.sightline.server.batch;

import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassResult;
import dev.sightline.v1.Explanation;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the pass of a prepared batch and answers its items. A pass that fails is split in two, and
 * again, until what fails is one image alone: so each image fails only after a second try, and
 * takes no other with it.
 */
final class PassRun {
  private static final Logger log = LoggerFactory.getLogger(PassRun.class);

  private final Batcher batcher;
  private final Lane.Open open;
  private final FloatBuffer images;
  private final Supplier<FloatBuffer> spare;
  private final List<Item> items;

  /**
   * A run over items whose images lie one after the other.
   *
   * @param images with room for as many images as a pass takes
   * @param spare gives a second buffer of that size
   */
  PassRun(
      Batcher batcher,
      Lane.Open open,
      FloatBuffer images,
      Supplier<FloatBuffer> spare,
      List<Item> items) {
    this.batcher = batcher;
    this.open = open;
    this.images = images;
    this.spare = spare;
    this.items = items;
  }

  void run() {
    try {
      pass(images, items);
    } catch (VirtualMachineError e) {
      fail(items, e);
    } catch (RuntimeException | Error e) {
      log.warn("A pass of {} images failed and is split: {}", items.size(), e.toString());
      split(0, items.size());
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
    List<Item> some = items.subList(from, to);
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

  /** Only the pass itself may throw: from then on each item fails alone. */
  private void pass(FloatBuffer input, List<Item> some) {
    int[] rowFrames =
        IntStream.range(0, some.size())
            .flatMap(i -> IntStream.of(some.get(i).work.rowClasses()).map(c -> i))
            .toArray();
    int[] rowClasses =
        some.stream().flatMapToInt(item -> IntStream.of(item.work.rowClasses())).toArray();
    long start = batcher.nanoTime();
    PassResult result = open.backend().run(new Pass(input, some.size(), rowFrames, rowClasses));
    long nanos = batcher.nanoTime() - start;
    int row = 0;
    for (int i = 0; i < some.size(); i++) {
      some.get(i).computed(nanos, some.size());
      explain(some.get(i), result, i, row);
      row += some.get(i).work.rowClasses().length;
    }
  }

  private void explain(Item item, PassResult result, int frame, int firstRow) {
    if (item.source.cancelled) {
      item.refused(Refusal.CANCELLED, batcher.nanoTime());
      return;
    }
    long start = batcher.nanoTime();
    Explanation.Builder explanation = Explanation.newBuilder();
    try {
      item.work.explain(result, frame, firstRow, explanation);
    } catch (RefusedException e) {
      item.refused(e.refusal(), batcher.nanoTime());
      return;
    } catch (RuntimeException | Error e) {
      log.error("An image could not be explained by {}", item.lane, e);
      item.refused(
          Worker.internal("The server failed on this image.", item.lane), batcher.nanoTime());
      return;
    }
    long end = batcher.nanoTime();
    item.postprocessed(end - start);
    item.explained(explanation, end);
  }

  private void fail(List<Item> some, Throwable cause) {
    log.error("A pass of {} images failed", some.size(), cause);
    for (Item item : some) {
      item.refused(
          Worker.internal("The inference engine failed on this image.", item.lane),
          batcher.nanoTime());
    }
  }

  /**
   * The images of a range at the front of a buffer of their own: the pass may write behind them.
   */
  private FloatBuffer copy(int from, int to) {
    FloatBuffer copy = spare.get();
    copy.put(0, images, from * open.imageSize(), (to - from) * open.imageSize());
    return copy;
  }
}
