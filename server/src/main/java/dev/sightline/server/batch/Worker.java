package dev.sightline.server.batch;

import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassBuffers;
import dev.sightline.v1.Reason;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes batches, one after the other: makes each frame in its slot of the pass's input, runs the
 * pass, and has the images make of it what they want. Belongs to one thread.
 */
public final class Worker implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final Batcher batcher;
  private final Duty duty;
  private FloatBuffer images = Pass.buffer(0, 0);
  private final PassBuffers results = new PassBuffers();
  private FloatBuffer spare = Pass.buffer(0, 0);

  Worker(Batcher batcher, Duty duty) {
    this.batcher = batcher;
    this.duty = duty;
  }

  /** Works until the batcher is closed. */
  @Override
  public void run() {
    while (worked(batcher.await(duty))) {
      // In no variable of this method: a thread that waits would hold the model of its last batch.
    }
  }

  /** Does what there is to do now, one batch at most; false if there was nothing. */
  public boolean step() {
    return worked(batcher.poll(duty));
  }

  private boolean worked(@Nullable Assignment assignment) {
    if (assignment == null) {
      return false;
    }
    try {
      if (assignment instanceof Assignment.Batch batch) {
        explain(batch);
      } else {
        open(assignment.lane());
      }
    } finally {
      assignment.lane().references().release();
    }
    return true;
  }

  private void open(Lane lane) {
    Refusal failure = null;
    try {
      lane.open();
    } catch (RuntimeException | Error e) {
      log.error("{} could not be opened", lane, e);
      failure =
          new Refusal(
              Reason.REASON_INTERNAL,
              "The layer could not be opened on the inference engine.",
              Map.of("lane", lane.name()));
    }
    batcher.opened(lane, failure);
  }

  private void explain(Assignment.Batch batch) {
    List<Slot> prepared = prepare(batch);
    if (prepared.isEmpty()) {
      batcher.unused(batch.lane());
      return;
    }
    boolean sound = false;
    try {
      sound =
          new PassRun(batcher, batch.lane(), batch.open(), images, this::spare, results, prepared)
              .run();
    } finally {
      batcher.ended(batch.lane(), sound);
    }
  }

  /** Those frames that are to be computed, each in its place in the list. */
  private List<Slot> prepare(Assignment.Batch batch) {
    int imageSize = batch.open().imageSize();
    List<Slot> prepared = new ArrayList<>(batch.slots().size());
    for (Slot slot : batch.slots()) {
      Item item = slot.item();
      if (item.source.cancelled) {
        batcher.refuse(item, Refusal.CANCELLED);
      }
      if (item.answered) {
        continue;
      }
      long start = batcher.nanoTime();
      try {
        images = atLeast(Math.multiplyExact(batch.open().maxBatch(), imageSize), images);
        slot.stage().write(slot.frame(), images, prepared.size() * imageSize);
        item.prepared(batcher.nanoTime() - start);
        prepared.add(slot);
      } catch (UnchangedException e) {
        item.prepared(batcher.nanoTime() - start);
        batcher.unchanged(item, e.since());
      } catch (RefusedException e) {
        item.prepared(batcher.nanoTime() - start);
        batcher.refuse(item, e.refusal());
      } catch (RuntimeException | Error e) {
        item.source.logging(
            () -> log.error("An image could not be prepared for {}", batch.lane(), e));
        batcher.refuse(item, internal("The server failed on this image.", slot.stage()));
      }
    }
    return prepared;
  }

  /** As large as the images' own buffer; needed only when a pass fails. */
  private FloatBuffer spare() {
    spare = atLeast(images.capacity(), spare);
    return spare;
  }

  private static FloatBuffer atLeast(int count, FloatBuffer buffer) {
    return buffer.capacity() < count ? Pass.buffer(1, count) : buffer;
  }

  static Refusal internal(String message, Stage stage) {
    return new Refusal(Reason.REASON_INTERNAL, message, Map.of("lane", stage.lane().name()));
  }
}
