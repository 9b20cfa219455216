package dev.sightline.client.load;

import dev.sightline.client.load.Probe.Purpose;
import dev.sightline.client.load.Probe.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Searches the highest rate that meets a target: doubles or halves until one rate holds and another
 * does not, halves the interval between them by ratio down to {@link #WIDTH}, and confirms what it
 * found by a longer load.
 */
public final class CapacitySearch {
  /** The interval that is narrow enough, as a share of the rate. */
  public static final double WIDTH = 0.05;

  /** The part of the capacity that one might load a box to. */
  public static final double HEADROOM = 0.7;

  private static final double LOWEST = 1;
  private static final int MOST_DOUBLINGS = 16;

  /** A server whose median misses the target at so small a part of the load will never meet it. */
  private static final double HOPELESS = 1 / 8.0;

  private static final int MOST_CONFIRMATIONS = 4;

  /** How late frames may be sent, as a share of the target, where that is the larger bound. */
  private static final double LATE_SHARE = 0.1;

  /** Puts a load on a server. */
  public interface Prober {
    /** What comes of a rate; null if the search is to end. */
    @Nullable Reading probe(double rate, Purpose purpose) throws InterruptedException;
  }

  private final Capacity.Target target;
  private final Prober prober;
  private final Consumer<Probe> listener;
  private final List<Probe> probes = new ArrayList<>();
  private double holds;
  private double fails = Double.POSITIVE_INFINITY;
  private boolean stopped;

  /**
   * A search.
   *
   * @param listener is told of every rate that was tried
   */
  public CapacitySearch(Capacity.Target target, Prober prober, Consumer<Probe> listener) {
    this.target = target;
    this.prober = prober;
    this.listener = listener;
  }

  /**
   * Searches, once.
   *
   * @param first where to begin, in frames a second
   */
  public Capacity search(double first) throws InterruptedException {
    bracket(Math.max(LOWEST, first));
    while (!stopped && holds > 0 && fails / holds > 1 + WIDTH && Double.isFinite(fails)) {
      double unused = tried(Math.sqrt(holds * fails), Purpose.SEARCH);
    }
    boolean confirmed = confirm();
    Probe headroom = holds > 0 && !stopped ? probed(HEADROOM * holds, Purpose.HEADROOM) : null;
    return new Capacity(
        target,
        holds,
        confirmed,
        probes.stream().anyMatch(probe -> probe.rate() > holds && probe.late()),
        !stopped,
        probes,
        headroom);
  }

  private void bracket(double first) throws InterruptedException {
    double rate = first;
    for (int i = 0; i < MOST_DOUBLINGS && !stopped; i++) {
      double p50 = tried(rate, Purpose.SEARCH);
      if (holds == 0 && rate <= HOPELESS * first && p50 > target.p99Millis()) {
        return;
      }
      boolean both = holds > 0 && Double.isFinite(fails);
      if (both || (holds == 0 && rate <= LOWEST)) {
        return;
      }
      rate = holds > 0 ? 2 * holds : Math.max(LOWEST, fails / 2);
    }
  }

  /** A rate that held for a short while by luck is not believed: a little less is tried then. */
  private boolean confirm() throws InterruptedException {
    for (int i = 0; i < MOST_CONFIRMATIONS && holds > 0 && !stopped; i++) {
      double rate = holds;
      Probe probe = probed(rate, Purpose.CONFIRM);
      if (probe == null) {
        return false;
      }
      if (probe.holds()) {
        return true;
      }
      fails = rate;
      holds = rate / (1 + WIDTH);
    }
    // No rate is claimed that was not tried.
    holds =
        probes.stream()
            .filter(probe -> probe.holds() && probe.rate() < fails)
            .mapToDouble(Probe::rate)
            .max()
            .orElse(0);
    return false;
  }

  /** Tries a rate, notes whether it holds, and gives its median latency. */
  private double tried(double rate, Purpose purpose) throws InterruptedException {
    Probe probe = probed(rate, purpose);
    if (probe == null) {
      return 0;
    }
    if (probe.holds()) {
      holds = rate;
    } else {
      fails = rate;
    }
    return probe.reading().p50();
  }

  private @Nullable Probe probed(double rate, Purpose purpose) throws InterruptedException {
    Reading reading = prober.probe(rate, purpose);
    if (reading == null) {
      stopped = true;
      return null;
    }
    Probe probe = judged(rate, purpose, reading);
    probes.add(probe);
    listener.accept(probe);
    return probe;
  }

  private Probe judged(double rate, Purpose purpose, Reading reading) {
    boolean late =
        reading.lateness() > Math.max(Result.LATE_MILLIS, LATE_SHARE * target.p99Millis());
    String why = "";
    if (!reading.even()) {
      why = "frames without an answer";
    } else if (reading.kept() < target.kept()) {
      why = said("goodput %.1f %% of offered", 100 * reading.kept());
    } else if (reading.p99() > target.p99Millis()) {
      why = said("p99 above %.0f ms", target.p99Millis());
    } else if (late) {
      why = said("the generator was late, by %.0f ms at p99", reading.lateness());
    }
    return new Probe(rate, purpose, reading, why, late && !why.isEmpty());
  }

  private static String said(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
