package dev.sightline.server.batch;

import dev.sightline.v1.Reason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who waits, and whose turn it is: that of the lane that was served least recently, and within it
 * of the sources as their {@link Turns} say. Lanes are served batch by batch, sources image by
 * image and by their weights; a source stands in the lane of its first item. Who has nothing that
 * waits, or whose image went stale, keeps the rank of having been served long ago; who comes for
 * the first time is behind all who were here before.
 *
 * <p>An item that needs several frames gives one a turn and counts as waiting until it is answered;
 * its source offers nothing else meanwhile, a newer frame does not replace it any more, and its
 * batches are not shared with items of one frame.
 *
 * <p>Not thread-safe: the batcher guards it, and answers the dismissed items once its lock is free.
 */
final class WaitingRoom {
  private static final Refusal SUPERSEDED =
      Refusal.of(Reason.REASON_SUPERSEDED, "A newer frame of the stream took its place.");
  private static final Refusal STALE =
      Refusal.of(Reason.REASON_STALE, "It was older than max_age when its batch formed.");
  private static final Refusal OVERLOADED =
      Refusal.overloaded("The server has no room for more images; send later or fewer.");

  private final BatchLimits limits;

  /** Those in which something waits. */
  private final Set<Lane> lanes = new LinkedHashSet<>();

  private final Set<Lane> opening = new HashSet<>();
  private final Set<Source> holders = new LinkedHashSet<>();
  private long turns;
  private int waiting;

  /** Places taken or kept, of all sources, and of those that lose nothing. */
  private int places;

  private int keptPlaces;

  /** Sources that lose nothing and are not released. */
  private int queues;

  private int perishable;
  private long bytes;
  private boolean closed;

  WaitingRoom(BatchLimits limits) {
    this.limits = limits;
  }

  int waiting() {
    return waiting;
  }

  int places() {
    return places;
  }

  boolean closed() {
    return closed;
  }

  /** Takes in another source that loses nothing; false if each could not have a place. */
  boolean enter() {
    if (queues >= limits.maxKept()) {
      return false;
    }
    queues++;
    return true;
  }

  /** Keeps a place for the next image of a source that loses nothing; false if there is none. */
  boolean expect(Source source) {
    if (!hasRoom(source)) {
      return false;
    }
    count(
        source,
        () -> {
          source.kept = true;
          source.expected = true;
        });
    return true;
  }

  /** A source brings no more. */
  void release(Source source) {
    if (!source.released) {
      source.released = true;
      queues -= source.lossless ? 1 : 0;
      count(
          source,
          () -> {
            source.expected = false;
            source.kept = false;
          });
    }
  }

  private boolean hasRoom(Source source) {
    if (source.expected) {
      return true;
    }
    boolean own = source.held < source.places();
    boolean free =
        places < limits.maxWaiting() && (!source.lossless || keptPlaces < limits.maxKept());
    return (own || free) && bytes < limits.maxWaitingBytes();
  }

  /** Does something to a source that changes how many places are its own. */
  private void count(Source source, Runnable change) {
    places -= source.places();
    keptPlaces -= source.lossless ? source.places() : 0;
    change.run();
    places += source.places();
    keptPlaces += source.lossless ? source.places() : 0;
  }

  void offer(Item item, List<Dismissal> dismissed) {
    Source source = item.source;
    Refusal unavailable = item.lane().breaker().refusal();
    if (closed) {
      dismissed.add(new Dismissal(item, Refusal.DRAINING));
    } else if (source.cancelled) {
      dismissed.add(new Dismissal(item, Refusal.CANCELLED));
    } else if (unavailable != null) {
      dismissed.add(new Dismissal(item, unavailable));
    } else if (source.newestWins && fits(item, source.waiting.peek())) {
      replace(item, dismissed);
    } else if (source.waiting.size() >= source.capacity || !hasRoom(source)) {
      dismissed.add(new Dismissal(item, OVERLOADED));
    } else {
      add(item);
      enroll(source);
    }
  }

  /** Removes all that a source holds; what it offers from now on is dismissed. */
  void cancel(Source source, List<Dismissal> dismissed) {
    source.cancelled = true;
    release(source);
    dismissAll(source, Refusal.CANCELLED, dismissed);
    holders.remove(source);
  }

  /** A paused source keeps its items, and no batch takes them. */
  void pause(Source source, boolean paused) {
    if (source.paused != paused) {
      leave(source);
      source.paused = paused;
      enroll(source);
    }
  }

  /** Dismisses all that waits and all that comes. */
  void close(List<Dismissal> dismissed) {
    closed = true;
    for (Source source : holders) {
      dismissAll(source, Refusal.DRAINING, dismissed);
    }
    holders.clear();
  }

  /**
   * What a free worker of that duty should do now, or null if it should wait. The worker has a
   * reference to the lane's model, which it gives back.
   */
  @Nullable Assignment take(long now, Duty duty, List<Dismissal> dismissed) {
    expire(now, dismissed);
    Lane next = null;
    for (Lane lane : lanes) {
      if (duty.covers(lane)
          && (next == null || lane.turn < next.turn)
          && lingerLeft(lane, now) <= 0) {
        next = lane;
      }
    }
    if (next == null) {
      return null;
    }
    // There is one to be had: those who wait in the lane have theirs.
    next.references().retain();
    Lane.Open open = next.opened();
    if (open == null) {
      opening.add(next);
      return new Assignment.Opening(next);
    }
    return form(next, open, now);
  }

  /** Nanoseconds until a lane that lingers for a fuller batch is due; the maximum if none does. */
  long untilDue(long now, Duty duty) {
    long left = Long.MAX_VALUE;
    for (Lane lane : lanes) {
      if (duty.covers(lane)) {
        left = Math.min(left, lingerLeft(lane, now));
      }
    }
    return left;
  }

  /** Ends an {@link Assignment.Opening}; all that waits for a lane that failed is dismissed. */
  void opened(Lane lane, @Nullable Refusal failure, List<Dismissal> dismissed) {
    opening.remove(lane);
    if (failure != null) {
      refuseAll(waiting -> waiting == lane, failure, dismissed);
    }
  }

  /**
   * Ends an {@link Assignment.Batch}; all that waits for a model that is left alone is dismissed.
   */
  void ended(Lane lane, boolean sound, List<Dismissal> dismissed) {
    Breaker breaker = lane.breaker();
    breaker.ended(sound);
    Refusal unavailable = breaker.refusal();
    if (unavailable != null) {
      refuseAll(waiting -> waiting.breaker() == breaker, unavailable, dismissed);
    }
  }

  private void refuseAll(Predicate<Lane> which, Refusal refusal, List<Dismissal> dismissed) {
    for (Source source : List.copyOf(holders)) {
      remove(source, item -> which.test(item.lane()), refusal, dismissed);
      if (source.begun != null && which.test(source.begun.lane())) {
        refuse(source.begun, refusal, dismissed);
      }
    }
  }

  /**
   * A frame came back from its pass.
   *
   * @return true if it was the last one of its item's stage, and the item has no answer yet
   */
  boolean returned(Item item) {
    return item.frameReturned() && !item.answered;
  }

  /** An item goes on to its next stage, unless it was answered meanwhile. */
  void advance(Item item, Stage stage, List<Dismissal> dismissed) {
    Refusal unavailable = stage.lane().breaker().refusal();
    if (unavailable != null) {
      refuse(item, unavailable, dismissed);
    } else if (!item.answered) {
      item.begin(stage);
      enroll(item.source);
    }
  }

  /** An item that is in no batch any more fails, unless it was answered meanwhile. */
  void refuse(Item item, Refusal refusal, List<Dismissal> dismissed) {
    if (finish(item)) {
      dismissed.add(new Dismissal(item, refusal));
    }
  }

  /** Ends an item; false if it was answered meanwhile, else its answer may be sent. */
  boolean finish(Item item) {
    if (item.answered) {
      return false;
    }
    item.answered = true;
    Source source = item.source;
    if (source.begun == item) {
      leave(source);
      source.begun = null;
      forget(item);
      enroll(source);
    }
    return true;
  }

  private Assignment form(Lane lane, Lane.Open open, long now) {
    int maxBatch = open.times().worthwhile();
    int maxRows = open.maxRows(limits.maxRows());
    List<Slot> slots = new ArrayList<>(maxBatch);
    int rows = 0;
    while (slots.size() < maxBatch) {
      Source source = next(lane, slots);
      if (source == null) {
        break;
      }
      Item item = Objects.requireNonNull(source.current());
      int more = item.rows();
      if (!slots.isEmpty() && rows + more > maxRows) {
        break;
      }
      leave(source);
      if (item != source.begun) {
        begin(item, now);
      }
      slots.add(item.next());
      lane.turns.served(source);
      enroll(source);
      rows += more;
    }
    lane.turn = ++turns;
    lane.breaker().begun();
    return new Assignment.Batch(lane, open, slots);
  }

  /**
   * Whose turn it is in a lane. Frames of images that take several share no batch with images of
   * one: their batches are always full, and a camera would wait for all of it.
   */
  private static @Nullable Source next(Lane lane, List<Slot> slots) {
    return slots.isEmpty() ? lane.turns.next() : lane.turns.next(slots.get(0).item().single());
  }

  private void begin(Item item, long now) {
    item.source.waiting.remove();
    item.taken(now);
    if (item.single()) {
      forget(item);
    } else {
      item.source.begun = item;
    }
  }

  /**
   * How long a lane waits for a fuller batch; one that is being opened, or whose model is being
   * tried, waits to be called.
   */
  private long lingerLeft(Lane lane, long now) {
    Lane.Open open = lane.opened();
    if (opening.contains(lane) || !lane.breaker().ready()) {
      return Long.MAX_VALUE;
    }
    long linger = limits.linger().toNanos();
    if (linger == 0 || open == null) {
      return 0;
    }
    long left = Long.MAX_VALUE;
    int frames = 0;
    int rows = 0;
    for (Source source : (Iterable<Source>) lane.turns.waiting()::iterator) {
      if (source.begun != null) {
        return 0;
      }
      for (Item item : source.waiting) {
        if (item.lane() != lane) {
          break;
        }
        left = Math.min(left, item.lingerLeft(linger, now));
        frames++;
        rows += item.rows();
        if (left <= 0 || frames >= open.maxBatch() || rows >= open.maxRows(limits.maxRows())) {
          return 0;
        }
      }
    }
    return left;
  }

  private void expire(long now, List<Dismissal> dismissed) {
    if (perishable > 0) {
      for (Source source : List.copyOf(holders)) {
        remove(source, item -> item.stale(now), STALE, dismissed);
      }
    }
  }

  private void remove(
      Source source, Predicate<Item> which, Refusal refusal, List<Dismissal> dismissed) {
    Item first = source.waiting.peek();
    if (first != null && which.test(first)) {
      leave(source);
    }
    for (Iterator<Item> items = source.waiting.iterator(); items.hasNext(); ) {
      Item item = items.next();
      if (which.test(item)) {
        items.remove();
        forget(item);
        dismissed.add(new Dismissal(item, refusal));
      }
    }
    enroll(source);
  }

  /** Whether an item may take the place of another: many small ones could grow past all bounds. */
  private boolean fits(Item item, @Nullable Item old) {
    return old != null
        && (item.work.bytes() <= old.work.bytes() || bytes < limits.maxWaitingBytes());
  }

  private void replace(Item item, List<Dismissal> dismissed) {
    Source source = item.source;
    leave(source);
    dismiss(source, SUPERSEDED, dismissed);
    add(item);
    enroll(source);
  }

  private void dismissAll(Source source, Refusal refusal, List<Dismissal> dismissed) {
    leave(source);
    dismiss(source, refusal, dismissed);
    if (source.begun != null) {
      Item begun = source.begun;
      source.begun = null;
      begun.answered = true;
      forget(begun);
      dismissed.add(new Dismissal(begun, refusal));
    }
  }

  private void dismiss(Source source, Refusal refusal, List<Dismissal> dismissed) {
    for (Item item : source.waiting) {
      forget(item);
      dismissed.add(new Dismissal(item, refusal));
    }
    source.waiting.clear();
  }

  private void add(Item item) {
    Source source = item.source;
    source.waiting.add(item);
    count(
        source,
        () -> {
          source.held++;
          source.expected = false;
        });
    waiting++;
    bytes += item.work.bytes();
    perishable += item.perishable() ? 1 : 0;
  }

  private void forget(Item item) {
    count(item.source, () -> item.source.held--);
    waiting--;
    bytes -= item.work.bytes();
    perishable -= item.perishable() ? 1 : 0;
  }

  /** Gives a source its place in the lane of what it offers. */
  private void enroll(Source source) {
    Item first = source.current();
    if (first == null && source.begun == null) {
      holders.remove(source);
      return;
    }
    holders.add(source);
    if (!source.paused && first != null) {
      lanes.add(first.lane());
      first.lane().turns.add(source);
    }
  }

  private void leave(Source source) {
    Item first = source.current();
    if (first == null) {
      return;
    }
    Lane lane = first.lane();
    lane.turns.remove(source);
    if (lane.turns.isEmpty()) {
      lanes.remove(lane);
    }
  }
}
