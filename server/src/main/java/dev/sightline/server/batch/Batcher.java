package dev.sightline.server.batch;

import dev.sightline.v1.Explanation;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings images of all streams and calls together into batches. Free workers take what is there;
 * each computes on its own thread. Thread-safe.
 */
public final class Batcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Batcher.class);

  private final LongSupplier nanoTime;
  private final Telemetry telemetry;
  private final WaitingRoom room;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition openings = lock.newCondition();
  private final List<Thread> threads = new ArrayList<>();
  private final List<Asking> asking = new ArrayList<>();

  /** Who wants to let in another image. */
  private record Asking(Source source, Runnable action) {}

  /**
   * A batcher without workers.
   *
   * @param limits its bounds
   * @param nanoTime the time in nanoseconds from any origin, such as {@link System#nanoTime}
   */
  public Batcher(BatchLimits limits, LongSupplier nanoTime) {
    this(limits, nanoTime, Telemetry.NONE);
  }

  /**
   * A batcher without workers that is listened to.
   *
   * @param telemetry hears of its passes, and of what those do who bring it images
   */
  public Batcher(BatchLimits limits, LongSupplier nanoTime, Telemetry telemetry) {
    this.room = new WaitingRoom(limits);
    this.nanoTime = nanoTime;
    this.telemetry = telemetry;
  }

  /**
   * Starts that many threads that run passes, and one that opens lanes: however long that takes,
   * the lanes that are open are served. Called once.
   */
  public void start(int workers) {
    for (int i = 0; i < workers; i++) {
      threads.add(new Thread(new Worker(this, Duty.BATCHES), "sightline-worker-" + i));
    }
    threads.add(new Thread(new Worker(this, Duty.OPENINGS), "sightline-opener"));
    threads.forEach(Thread::start);
  }

  /** A worker for a caller who brings the thread; it also opens lanes. */
  public Worker worker() {
    return new Worker(this, Duty.ALL);
  }

  /** A source for a live stream: one image waits, and a newer one takes its place. */
  public Source live() {
    return new Source(this, true, false, 1);
  }

  /**
   * A source for an image batch, which loses nothing. Once it was told of room, a place is kept for
   * it until it is {@link Source#release}d or cancelled, so that it can always go on.
   *
   * @param capacity images that may wait; its owner submits no more than that, and asks {@link
   *     Source#whenRoom} before it takes in the next one
   * @return nothing if there are so many that not each could have a place
   */
  public Optional<Source> queue(int capacity) {
    Source source = new Source(this, false, true, capacity);
    lock.lock();
    try {
      return room.enter() ? Optional.of(source) : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** A source for a single image. */
  public Source single() {
    return new Source(this, false, false, 1);
  }

  /** The time by the batcher's clock, in nanoseconds from any origin. */
  public long nanoTime() {
    return nanoTime.getAsLong();
  }

  /** Who hears of passes; whoever brings images tells it of them. */
  public Telemetry telemetry() {
    return telemetry;
  }

  /** The number of images that wait. */
  public int waiting() {
    lock.lock();
    try {
      return room.waiting();
    } finally {
      lock.unlock();
    }
  }

  /** The places among all that waits that are taken, or kept for images to come. */
  public int places() {
    lock.lock();
    try {
      return room.places();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the workers: running batches are finished, and what waits or comes is answered with
   * DRAINING. Returns when all that was submitted before is answered. Not to be called by a worker.
   */
  @Override
  public void close() {
    change(
        dismissed -> {
          room.close(dismissed);
          wakeAll();
        });
    join();
  }

  void offer(Item item) {
    change(
        dismissed -> {
          room.offer(item, dismissed);
          wake();
        });
  }

  void cancel(Source source) {
    change(dismissed -> room.cancel(source, dismissed));
  }

  void pause(Source source, boolean paused) {
    change(
        dismissed -> {
          room.pause(source, paused);
          wake();
        });
  }

  void whenRoom(Source source, Runnable action) {
    change(dismissed -> asking.add(new Asking(source, action)));
  }

  void release(Source source) {
    change(dismissed -> room.release(source));
  }

  void opened(Lane lane, @Nullable Refusal failure) {
    change(
        dismissed -> {
          room.opened(lane, failure, dismissed);
          wakeAll();
        });
  }

  /** None of the images of a batch came to a pass. */
  void unused(Lane lane) {
    change(
        dismissed -> {
          lane.breaker().unused();
          wakeAll();
        });
  }

  /** A batch is over; whether the engine was sound decides if the model is left alone. */
  void ended(Lane lane, boolean sound) {
    change(
        dismissed -> {
          Breaker.State before = lane.breaker().state();
          room.ended(lane, sound, dismissed);
          if (lane.breaker().state() != before) {
            wakeAll();
          }
        });
  }

  /** True for the one worker that brings back the last frame of an item's stage. */
  boolean returned(Item item) {
    lock.lock();
    try {
      return room.returned(item);
    } finally {
      lock.unlock();
    }
  }

  void advance(Item item, Stage stage) {
    change(
        dismissed -> {
          room.advance(item, stage, dismissed);
          wakeAll();
        });
  }

  void refuse(Item item, Refusal refusal) {
    change(
        dismissed -> {
          room.refuse(item, refusal, dismissed);
          wake();
        });
  }

  void explained(Item item, Explanation.Builder explanation) {
    if (finished(item)) {
      item.explained(explanation, nanoTime());
    }
  }

  void unchanged(Item item, long since) {
    if (finished(item)) {
      item.unchanged(since, nanoTime());
    }
  }

  /** False if the item was answered meanwhile. */
  private boolean finished(Item item) {
    AtomicBoolean first = new AtomicBoolean();
    change(
        dismissed -> {
          first.set(room.finish(item));
          wake();
        });
    return first.get();
  }

  /** The next thing to do, or null if there is nothing now. */
  @Nullable Assignment poll(Duty duty) {
    return take(duty, false);
  }

  /** Waits for the next thing to do; null once the batcher is closed. */
  @Nullable Assignment await(Duty duty) {
    return take(duty, true);
  }

  private @Nullable Assignment take(Duty duty, boolean wait) {
    while (true) {
      List<Dismissal> dismissed = new ArrayList<>();
      List<Runnable> actions;
      Assignment assignment;
      boolean done;
      lock.lock();
      try {
        assignment = room.take(nanoTime(), duty, dismissed);
        actions = admitted();
        done = assignment != null || !wait || room.closed();
        if (!done && dismissed.isEmpty() && actions.isEmpty()) {
          sleep(duty);
        }
      } finally {
        lock.unlock();
      }
      answer(dismissed, actions);
      if (done) {
        return assignment;
      }
    }
  }

  @SuppressWarnings("WaitNotInLoop") // The loop is in take(), which also leaves the lock to answer.
  private void sleep(Duty duty) {
    try {
      (duty == Duty.OPENINGS ? openings : work).awaitNanos(room.untilDue(nanoTime(), duty));
    } catch (InterruptedException e) {
      // Workers end by close() alone; an interrupt from outside means nothing to them.
      log.debug("A worker was interrupted", e);
    }
  }

  private void wake() {
    work.signal();
    openings.signal();
  }

  private void wakeAll() {
    work.signalAll();
    openings.signalAll();
  }

  private void change(Consumer<List<Dismissal>> action) {
    List<Dismissal> dismissed = new ArrayList<>();
    List<Runnable> actions;
    lock.lock();
    try {
      action.accept(dismissed);
      actions = admitted();
    } finally {
      lock.unlock();
    }
    answer(dismissed, actions);
  }

  /** Those who asked and for whose image a place is kept now, in the order in which they asked. */
  private List<Runnable> admitted() {
    if (asking.isEmpty()) {
      return List.of();
    }
    List<Runnable> actions = new ArrayList<>();
    for (Iterator<Asking> all = asking.iterator(); all.hasNext(); ) {
      Asking next = all.next();
      if (next.source().released) {
        all.remove();
      } else if (room.expect(next.source())) {
        all.remove();
        actions.add(next.action());
      }
    }
    return actions;
  }

  private void answer(List<Dismissal> dismissed, List<Runnable> actions) {
    for (Dismissal dismissal : dismissed) {
      dismissal.item().refused(dismissal.refusal(), nanoTime());
    }
    actions.forEach(Batcher::run);
  }

  private static void run(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      log.error("Who waited for room failed", e);
    }
  }

  private void join() {
    boolean interrupted = false;
    for (Thread thread : List.copyOf(threads)) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
