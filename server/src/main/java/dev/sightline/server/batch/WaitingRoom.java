package dev.sightline.server.batch;

import dev.sightline.server.engine.Backend;
import dev.sightline.v1.Reason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who waits, and whose turn it is. Lanes take turns batch by batch, and within a lane sources take
 * turns image by image; a source stands in the lane of its first item. Not thread-safe: the batcher
 * guards it, and answers the dismissed items once its lock is free.
 */
final class WaitingRoom {
  private static final Refusal SUPERSEDED =
      Refusal.of(Reason.REASON_SUPERSEDED, "A newer frame of the stream took its place.");
  private static final Refusal STALE =
      Refusal.of(Reason.REASON_STALE, "It was older than max_age when its batch formed.");
  private static final Refusal OVERLOADED =
      Refusal.of(
          Reason.REASON_OVERLOADED, "The server has no room for more images; send later or fewer.");
  private static final Refusal CANCELLED =
      Refusal.of(Reason.REASON_CANCELLED, "The call was cancelled.");
  private static final Refusal DRAINING =
      Refusal.of(Reason.REASON_DRAINING, "The server is going away; send it elsewhere.");

  private final BatchLimits limits;
  private final Map<Lane, Set<Source>> lanes = new LinkedHashMap<>();
  private final Set<Lane> opening = new HashSet<>();
  private final Set<Source> holders = new LinkedHashSet<>();
  private int waiting;
  private int perishable;
  private long bytes;
  private boolean closed;

  WaitingRoom(BatchLimits limits) {
    this.limits = limits;
  }

  int waiting() {
    return waiting;
  }

  boolean closed() {
    return closed;
  }

  boolean full() {
    return waiting >= limits.maxWaiting() || bytes >= limits.maxWaitingBytes();
  }

  void offer(Item item, List<Dismissal> dismissed) {
    Source source = item.source;
    if (closed) {
      dismissed.add(new Dismissal(item, DRAINING));
    } else if (source.cancelled) {
      dismissed.add(new Dismissal(item, CANCELLED));
    } else if (source.newestWins && !source.waiting.isEmpty()) {
      replace(item, dismissed);
    } else if (source.waiting.size() >= source.capacity || (full() && !source.lossless)) {
      dismissed.add(new Dismissal(item, OVERLOADED));
    } else {
      add(item);
      enroll(source);
    }
  }

  /** Removes all that a source holds; what it offers from now on is dismissed. */
  void cancel(Source source, List<Dismissal> dismissed) {
    source.cancelled = true;
    leave(source);
    dismiss(source, CANCELLED, dismissed);
    holders.remove(source);
  }

  /** A paused source keeps its items, and no batch takes them. */
  void pause(Source source, boolean paused) {
    if (source.paused != paused && !(paused && closed)) {
      leave(source);
      source.paused = paused;
      enroll(source);
    }
  }

  /** Lets nothing more in. What waits still gets its turn, paused or not. */
  void close() {
    closed = true;
    for (Source source : List.copyOf(holders)) {
      pause(source, false);
    }
  }

  /** Dismisses all that waits. */
  void drain(List<Dismissal> dismissed) {
    for (Source source : holders) {
      leave(source);
      dismiss(source, DRAINING, dismissed);
    }
    holders.clear();
  }

  /** What a free worker should do now, or null if it should wait. */
  @Nullable Assignment take(long now, List<Dismissal> dismissed) {
    expire(now, dismissed);
    for (Lane lane : lanes.keySet()) {
      if (opening.contains(lane)) {
        continue;
      }
      Backend backend = lane.backend();
      if (backend == null) {
        opening.add(lane);
        return new Assignment.Opening(lane);
      }
      if (lingerLeft(lane, backend.maxBatch(), now) <= 0) {
        return form(lane, backend.maxBatch(), now);
      }
    }
    return null;
  }

  /** Nanoseconds until a lane that lingers for a fuller batch is due; the maximum if none does. */
  long untilDue(long now) {
    long left = Long.MAX_VALUE;
    for (Lane lane : lanes.keySet()) {
      Backend backend = lane.backend();
      if (backend != null && !opening.contains(lane)) {
        left = Math.min(left, lingerLeft(lane, backend.maxBatch(), now));
      }
    }
    return left;
  }

  /** Ends an {@link Assignment.Opening}; all that waits for a lane that failed is dismissed. */
  void opened(Lane lane, @Nullable Refusal failure, List<Dismissal> dismissed) {
    opening.remove(lane);
    if (failure == null) {
      return;
    }
    for (Source source : List.copyOf(holders)) {
      remove(source, item -> item.lane == lane, failure, dismissed);
    }
  }

  private Assignment form(Lane lane, int maxBatch, long now) {
    List<Item> items = new ArrayList<>(maxBatch);
    int rows = 0;
    while (items.size() < maxBatch) {
      Set<Source> turn = lanes.get(lane);
      if (turn == null) {
        break;
      }
      Source source = turn.iterator().next();
      Item item = source.waiting.element();
      int more = item.work.rowClasses().length;
      if (!items.isEmpty() && rows + more > limits.maxRows()) {
        break;
      }
      leave(source);
      source.waiting.remove();
      forget(item);
      enroll(source);
      item.taken(now);
      items.add(item);
      rows += more;
    }
    Set<Source> left = lanes.remove(lane);
    if (left != null) {
      lanes.put(lane, left);
    }
    return new Assignment.Batch(lane, items);
  }

  private long lingerLeft(Lane lane, int maxBatch, long now) {
    long linger = limits.linger().toNanos();
    if (linger == 0 || closed) {
      return 0;
    }
    long left = Long.MAX_VALUE;
    int frames = 0;
    int rows = 0;
    for (Source source : lanes.getOrDefault(lane, Set.of())) {
      for (Item item : source.waiting) {
        if (item.lane != lane) {
          break;
        }
        left = Math.min(left, item.lingerLeft(linger, now));
        frames++;
        rows += item.work.rowClasses().length;
        if (left <= 0 || frames >= maxBatch || rows >= limits.maxRows()) {
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

  private void replace(Item item, List<Dismissal> dismissed) {
    Source source = item.source;
    Item old = source.waiting.element();
    if (old.lane != item.lane) {
      leave(source);
    }
    dismiss(source, SUPERSEDED, dismissed);
    add(item);
    enroll(source);
  }

  private void dismiss(Source source, Refusal refusal, List<Dismissal> dismissed) {
    for (Item item : source.waiting) {
      forget(item);
      dismissed.add(new Dismissal(item, refusal));
    }
    source.waiting.clear();
  }

  private void add(Item item) {
    item.source.waiting.add(item);
    waiting++;
    bytes += item.work.bytes();
    perishable += item.perishable() ? 1 : 0;
  }

  private void forget(Item item) {
    waiting--;
    bytes -= item.work.bytes();
    perishable -= item.perishable() ? 1 : 0;
  }

  /** Gives a source its place in the lane of its first item; one that has a place keeps it. */
  private void enroll(Source source) {
    Item first = source.waiting.peek();
    if (first == null) {
      holders.remove(source);
      return;
    }
    holders.add(source);
    if (!source.paused) {
      lanes.computeIfAbsent(first.lane, lane -> new LinkedHashSet<>()).add(source);
    }
  }

  private void leave(Source source) {
    Item first = source.waiting.peek();
    if (first == null) {
      return;
    }
    Set<Source> turn = lanes.get(first.lane);
    if (turn != null && turn.remove(source) && turn.isEmpty()) {
      lanes.remove(first.lane);
    }
  }
}
