package dev.sightline.client.load;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** The frames of an open loop, in the order in which they are due. Not thread-safe. */
interface Arrivals {

  /** The next frame; there is no last one. */
  Arrival next();

  /**
   * A frame that is due.
   *
   * @param nanos when, from the beginning of the load
   * @param stream which stream's it is, from 0
   */
  record Arrival(long nanos, int stream) {}

  /** The arrivals of an open loop over that many streams; the same seed gives the same ones. */
  static Arrivals of(Pace.Open pace, int streams, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return switch (pace.process()) {
      case POISSON -> new Poisson(pace.rate(), streams, random);
      case FIXED -> new Fixed(pace.rate(), streams, random);
    };
  }

  /**
   * One Poisson process whose arrivals are dealt out at random, so that each stream has its own.
   */
  final class Poisson implements Arrivals {
    private final double meanNanos;
    private final int streams;
    private final SplittableRandom random;
    private double nanos;

    Poisson(double rate, int streams, SplittableRandom random) {
      this.meanNanos = 1e9 / rate;
      this.streams = streams;
      this.random = random;
    }

    @Override
    public Arrival next() {
      nanos -= meanNanos * Math.log1p(-random.nextDouble());
      return new Arrival((long) nanos, random.nextInt(streams));
    }
  }

  /**
   * Every stream at equal intervals, from a phase of its own: evenly staggered streams would never
   * meet, which no cameras that know nothing of each other manage.
   */
  final class Fixed implements Arrivals {
    private final double intervalNanos;
    private final double[] phases;
    private final int[] order;
    private long count;

    Fixed(double rate, int streams, SplittableRandom random) {
      this.intervalNanos = streams * 1e9 / rate;
      this.phases = random.doubles(streams).toArray();
      this.order =
          IntStream.range(0, streams)
              .boxed()
              .sorted((a, b) -> Double.compare(phases[a], phases[b]))
              .mapToInt(stream -> stream)
              .toArray();
    }

    @Override
    public Arrival next() {
      int stream = order[(int) (count % order.length)];
      long turn = count++ / order.length;
      double intervals = turn + phases[stream];
      return new Arrival((long) (intervals * intervalNanos), stream);
    }
  }
}
