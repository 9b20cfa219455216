package dev.sightline.client.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.jspecify.annotations.Nullable;

/**
 * Counts frames and their answers. Frames belong to the time that counts if they became due in it,
 * whenever their answers come; rates count what was delivered in it. Thread-safe.
 */
final class Measurements {
  private static final long LONGEST_MICROS = Duration.ofHours(1).toNanos() / 1000;

  /** Steps of the curve in each halving of what is left to 100 %. */
  private static final int STEPS = 8;

  private final Window window;
  private final @Nullable Duration deadline;
  private final Histogram latency = new Histogram(3);
  private final Histogram age = new Histogram(3);
  private final Histogram unchanged = new Histogram(3);
  private final Histogram lateness = new Histogram(3);
  private final SortedMap<String, Long> drops = new TreeMap<>();
  private final SortedMap<Integer, Long> batchSizes = new TreeMap<>();
  private final Map<String, Tally> mixes = new LinkedHashMap<>();
  private final Series series;
  private final double[] sums = new double[8];
  private long handed;
  private long unsentAtAll;
  private long answeredAtAll;
  private long lostAtAll;
  private long offered;
  private long explained;
  private long good;
  private long dropped;
  private long lost;
  private long unsent;
  private long maps;
  private long mapBytes;
  private long deliveredAnswers;
  private long deliveredExplained;
  private long deliveredUnchanged;
  private long deliveredGood;
  private String example = "";

  Measurements(Window window, @Nullable Duration deadline) {
    this.window = window;
    this.deadline = deadline;
    this.series = new Series(window);
  }

  /** A frame that is about to be sent. */
  synchronized void sending(long due, long now) {
    handed++;
    if (window.contains(due)) {
      offered++;
      series.offered(due);
      lateness.recordValue(micros(now - due));
    }
  }

  synchronized void resolved(Delivery delivery) {
    switch (delivery.fate()) {
      case EXPLAINED, UNCHANGED, DROPPED -> answeredAtAll++;
      case LOST -> lostAtAll++;
      case UNSENT -> unsentAtAll++;
    }
    boolean isServed = delivery.fate().isServed();
    long nanos = delivery.delivered() - delivery.due();
    boolean inTime = isServed && (deadline == null || nanos <= deadline.toNanos());
    if (window.contains(delivery.delivered())) {
      deliveredAnswers += isServed || delivery.fate() == Delivery.Fate.DROPPED ? 1 : 0;
      deliveredExplained += delivery.fate() == Delivery.Fate.EXPLAINED ? 1 : 0;
      deliveredUnchanged += delivery.fate() == Delivery.Fate.UNCHANGED ? 1 : 0;
      deliveredGood += inTime ? 1 : 0;
      series.delivered(delivery, micros(nanos), inTime);
    }
    if (!window.contains(delivery.due())) {
      return;
    }
    if (isServed) {
      served(delivery, nanos, inTime);
      return;
    }
    switch (delivery.fate()) {
      case LOST -> lost++;
      case UNSENT -> unsent++;
      case DROPPED, EXPLAINED, UNCHANGED -> dropped++;
    }
    drops.merge(delivery.reason(), 1L, Long::sum);
    if (example.isEmpty()) {
      example = delivery.message();
    }
  }

  private void served(Delivery delivery, long nanos, boolean inTime) {
    good += inTime ? 1 : 0;
    latency.recordValue(micros(nanos));
    long total = delivery.timing().total().toNanos();
    age.recordValue(micros(total));
    if (delivery.fate() == Delivery.Fate.UNCHANGED) {
      unchanged.recordValue(micros(nanos));
    } else {
      explained(delivery, nanos, total);
    }
  }

  private void explained(Delivery delivery, long nanos, long total) {
    explained++;
    maps += delivery.maps();
    mapBytes += delivery.mapBytes();
    double[] times = {
      delivery.timing().queue().toNanos(),
      delivery.timing().preprocess().toNanos(),
      delivery.timing().compute().toNanos(),
      delivery.timing().postprocess().toNanos()
    };
    double told = 0;
    for (int i = 0; i < times.length; i++) {
      sums[i] += times[i];
      told += times[i];
    }
    sums[4] += Math.max(0, total - told);
    sums[5] += Math.max(0, nanos - total);
    sums[6] += delivery.timing().batchSize();
    sums[7] += delivery.timing().frames();
    batchSizes.merge(delivery.timing().batchSize(), 1L, Long::sum);
    mixes
        .computeIfAbsent(delivery.asked().name(), name -> new Tally())
        .add(micros(nanos), delivery);
  }

  /** Frames served so far in the time that counts. */
  synchronized long servedSoFar() {
    return deliveredExplained + deliveredUnchanged;
  }

  /**
   * All figures.
   *
   * @param ended when the load ended
   * @param bytes of an answer and of a frame on the wire, on average
   */
  synchronized Result result(
      long ended,
      double[] bytes,
      @Nullable Double generator,
      boolean interrupted,
      @Nullable String failure) {
    double seconds = window.seconds(ended);
    double per = seconds == 0 ? 0 : 1 / seconds;
    List<Result.MixResult> asked = new ArrayList<>();
    mixes.forEach((name, tally) -> asked.add(tally.result(name)));
    return new Result(
        seconds,
        new Result.Frames(
            offered, explained, unchanged.getTotalCount(), good, dropped, lost, unsent),
        new Result.Balance(handed - unsentAtAll, answeredAtAll, lostAtAll),
        deliveredAnswers * per,
        deliveredExplained * per,
        deliveredUnchanged * per,
        deliveredGood * per,
        Percentiles.of(latency),
        Percentiles.of(unchanged),
        Percentiles.of(age),
        Percentiles.of(lateness),
        curve(),
        split(),
        batchSizes,
        drops,
        new Result.Bytes(mean(mapBytes, maps), bytes[0], bytes[1]),
        asked,
        series.seconds(seconds),
        generator,
        interrupted,
        failure,
        example);
  }

  private Result.Split split() {
    double millis = explained == 0 ? 0 : 1e-6 / explained;
    return new Result.Split(
        sums[0] * millis,
        sums[1] * millis,
        sums[2] * millis,
        sums[3] * millis,
        sums[4] * millis,
        sums[5] * millis,
        sums[6] * millis * 1e6,
        sums[7] * millis * 1e6);
  }

  private List<Result.Point> curve() {
    List<Result.Point> points = new ArrayList<>();
    if (latency.getTotalCount() > 0) {
      for (HistogramIterationValue value : latency.percentiles(STEPS)) {
        points.add(
            new Result.Point(
                value.getPercentileLevelIteratedTo() / 100,
                value.getValueIteratedTo() / Percentiles.MILLIS));
      }
    }
    return points;
  }

  private static double mean(long sum, long count) {
    return count == 0 ? 0 : (double) sum / count;
  }

  private static long micros(long nanos) {
    return Math.max(0, Math.min(LONGEST_MICROS, nanos / 1000));
  }

  /** Frames of which the same was asked. */
  private static final class Tally {
    private final Histogram latency = new Histogram(3);
    private long maps;
    private long bytes;

    void add(long micros, Delivery delivery) {
      latency.recordValue(micros);
      maps += delivery.maps();
      bytes += delivery.mapBytes();
    }

    Result.MixResult result(String name) {
      return new Result.MixResult(
          name, latency.getTotalCount(), mean(bytes, maps), Percentiles.of(latency));
    }
  }
}
