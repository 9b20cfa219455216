package dev.sightline.server.batch;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Where images of one stream or call wait, still encoded. Sources take turns, so one that sends
 * much costs the others nothing. Thread-safe.
 *
 * <p>Every image submitted is answered exactly once, by the thread that submits it (when there is
 * no room), by one that cancels, or by a worker; never while a lock of this package is held.
 * Answers come in any order.
 */
public final class Source {
  final boolean newestWins;
  final boolean lossless;
  final int capacity;
  volatile boolean cancelled;

  /** What waits, first to be served first; guarded, as {@link #paused}, by the batcher's lock. */
  final Queue<Item> waiting = new ArrayDeque<>();

  /**
   * The image whose frames are being computed, if it needs several: until it is answered, nothing
   * else of the source is begun. Guarded by the batcher's lock.
   */
  @Nullable Item begun;

  boolean paused;

  /** Images of it that wait or are begun; guarded, as what follows, by the batcher's lock. */
  int held;

  /** Whether a place is kept for it though it holds nothing: from its first image on. */
  boolean kept;

  /** Whether it was told that there is room, and brought no image since. */
  boolean expected;

  boolean released;

  /** Where it last waited; null if it never did. What follows changes only while it does not. */
  Turns.@Nullable Line line;

  /** The lowest is next, by the clock of the line, and by that of all lines of its lane. */
  double turn;

  double laneTurn;

  /** When it got its turn, by the clock of the line. */
  long turnGiven;

  private volatile int weight = 1;
  private final Batcher batcher;
  private volatile @Nullable Origin origin;

  Source(Batcher batcher, boolean newestWins, boolean lossless, int capacity) {
    this.batcher = batcher;
    this.newestWins = newestWins;
    this.lossless = lossless;
    this.capacity = capacity;
  }

  /** What it offers to the next batch, if anything; guarded by the batcher's lock. */
  @Nullable Item current() {
    if (begun != null) {
      return begun.hasFrames() ? begun : null;
    }
    return waiting.peek();
  }

  /** Says whose images wait here, for logs; before the first one comes. */
  public Source of(Origin newOrigin) {
    origin = newOrigin;
    return this;
  }

  /**
   * Says how many turns it gets while another gets one, among those who wait for the same lane.
   *
   * @param turnsForOne at least 1, which is what it is if nobody says
   */
  void weigh(int turnsForOne) {
    if (turnsForOne < 1) {
      throw new IllegalArgumentException("weight " + turnsForOne);
    }
    weight = turnsForOne;
  }

  int weight() {
    return weight;
  }

  /** Does something, and what is logged meanwhile names the call. */
  void logging(Runnable action) {
    Origin known = origin;
    if (known == null) {
      action.run();
    } else {
      known.logging(action);
    }
  }

  /** Places among all that waits that are its own. */
  int places() {
    return Math.max(kept ? 1 : 0, held + (expected ? 1 : 0));
  }

  void submit(Work work, long arrival, Item.Terms terms, Receiver receiver) {
    batcher.offer(new Item(this, work, arrival, terms, receiver));
  }

  /** Answers an image that does not come to wait. */
  void refuse(Work work, long arrival, Item.Terms terms, Receiver receiver, Refusal refusal) {
    new Item(this, work, arrival, terms, receiver).refused(refusal, batcher.nanoTime());
  }

  /**
   * Answers all that waits, is begun, or comes, with CANCELLED; a pass under way is not stopped.
   */
  public void cancel() {
    batcher.cancel(this);
  }

  /**
   * Keeps what waits out of batches, or lets it in again. A paused live source still replaces its
   * frame by newer ones.
   */
  public void pause(boolean paused) {
    batcher.pause(this, paused);
  }

  /**
   * Runs the action once, as soon as there is room among all that waits, which is kept for an image
   * of this source: now, on this thread, or later, on a thread that makes room. A source that loses
   * nothing asks before it takes in more. Never runs once the source is released or cancelled.
   */
  public void whenRoom(Runnable action) {
    batcher.whenRoom(this, action);
  }

  /** Gives back the place that is kept for a source that brings no more. */
  public void release() {
    batcher.release(this);
  }
}
