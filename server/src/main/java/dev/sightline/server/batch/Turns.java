package dev.sightline.server.batch;

import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is among the sources that wait in one lane: that of the one that was served least
 * recently, as a clock counts that ticks with each service. A source of greater {@link
 * Source#weight weight} counts as served longer ago than it was, so that it comes again after that
 * fraction of a round; among sources of weight 1 the order is just that of their last service.
 *
 * <p>This is start-time fair queueing (Goyal et al. 1996), whose virtual time is the turn of those
 * who are served now. A source that was away gains nothing by that but the next turn: what it
 * missed is not made up for. Whoever comes for the first time, or from another line, is behind all
 * who were here before, whatever its weight.
 *
 * <p>Images of one frame and of several share no batch and so wait in a line each, with a clock of
 * its own: batches take many of one line at once, which would shift the others' rounds. The lines
 * take turns as their first sources do by the clock of both. Guarded by the batcher's lock.
 */
final class Turns {
  private final Line singles = new Line();
  private final Line severals = new Line();

  /** Ticks with each service in the lane. */
  private long clock;

  /** Sources whose images share batches, in the order of their turns. */
  static final class Line {
    private final SortedSet<Source> waiting =
        new TreeSet<>(
            (one, other) ->
                one.turn == other.turn
                    ? Long.compare(one.turnGiven, other.turnGiven)
                    : Double.compare(one.turn, other.turn));

    /** Ticks with each service in the line. */
    private long clock;

    /** The virtual time by this clock, and by that of the lane. */
    private double now;

    private double laneNow;
  }

  /** Takes in a source that has something to offer. */
  void add(Source source) {
    Line line = lineOf(source);
    if (line.waiting.isEmpty()) {
      // Nobody has been kept waiting: a round begins.
      line.now = line.clock;
      line.laneNow = clock;
    }
    if (source.line != line) {
      source.line = line;
      source.turnGiven = ++line.clock;
      source.turn = line.clock;
      source.laneTurn = ++clock;
    }
    line.waiting.add(source);
  }

  /** Takes out a source before what it offers changes; means nothing to one that is not here. */
  void remove(Source source) {
    Line line = lineOf(source);
    // Turns of another line may look the same.
    if (source.line == line) {
      line.waiting.remove(source);
    }
  }

  boolean isEmpty() {
    return singles.waiting.isEmpty() && severals.waiting.isEmpty();
  }

  /** All that wait, in no order. */
  Stream<Source> waiting() {
    return Stream.concat(singles.waiting.stream(), severals.waiting.stream());
  }

  /** Whose turn it is; null if nobody waits. */
  @Nullable Source next() {
    Source single = next(true);
    Source several = next(false);
    if (single == null || several == null) {
      return single == null ? several : single;
    }
    return single.laneTurn <= several.laneTurn ? single : several;
  }

  /** Whose turn it is among those whose images take one frame, or several; null if nobody waits. */
  @Nullable Source next(boolean single) {
    Line line = line(single);
    return line.waiting.isEmpty() ? null : line.waiting.first();
  }

  /** A source that was taken out has got a place in a batch of its line. */
  void served(Source source) {
    Line line = Objects.requireNonNull(source.line);
    line.now = Math.max(line.now, source.turn);
    line.laneNow = Math.max(line.laneNow, source.laneTurn);
    source.turnGiven = ++line.clock;
    source.turn = turn(line.clock, line.now, source.weight());
    source.laneTurn = turn(++clock, line.laneNow, source.weight());
  }

  /** A fraction of a round after the turn of those who are served now; of weight 1 just the end. */
  private static double turn(long clock, double now, int weight) {
    return clock - (clock - now) * (1 - 1.0 / weight);
  }

  private Line lineOf(Source source) {
    return line(Objects.requireNonNull(source.current()).single());
  }

  private Line line(boolean single) {
    return single ? singles : severals;
  }
}
