package dev.sightline.client.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The seconds of a window, one histogram for all of them: deliveries come in the order of their
 * times, but for the few microseconds that threads overtake each other by. Not thread-safe.
 */
final class Series {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Window window;
  private final List<long[]> offered = new ArrayList<>();
  private final List<Second> past = new ArrayList<>();
  private final Histogram latencies = new Histogram(2);
  private long explained;
  private long unchanged;
  private long good;
  private long dropped;

  Series(Window window) {
    this.window = window;
  }

  void offered(long due) {
    int second = (int) ((due - window.from()) / SECOND);
    while (offered.size() <= second) {
      offered.add(new long[1]);
    }
    offered.get(second)[0]++;
  }

  /** Takes a delivery within the window. */
  void delivered(Delivery delivery, long micros, boolean inTime) {
    proceed((int) ((delivery.delivered() - window.from()) / SECOND));
    if (delivery.fate().isServed()) {
      explained += delivery.fate() == Delivery.Fate.EXPLAINED ? 1 : 0;
      unchanged += delivery.fate() == Delivery.Fate.UNCHANGED ? 1 : 0;
      good += inTime ? 1 : 0;
      latencies.recordValue(micros);
    } else {
      dropped++;
    }
  }

  /** All seconds until then. */
  List<Second> seconds(double whole) {
    proceed((int) Math.ceil(whole));
    List<Second> seconds = new ArrayList<>();
    for (Second second : past) {
      if (second.at() < whole) {
        seconds.add(
            new Second(
                second.at(),
                Math.min(1, whole - second.at()),
                second.at() < offered.size() ? offered.get(second.at())[0] : 0,
                second.explained(),
                second.unchanged(),
                second.good(),
                second.dropped(),
                second.latency()));
      }
    }
    return seconds;
  }

  private void proceed(int second) {
    while (past.size() < second) {
      past.add(
          new Second(
              past.size(), 1, 0, explained, unchanged, good, dropped, Percentiles.of(latencies)));
      latencies.reset();
      explained = 0;
      unchanged = 0;
      good = 0;
      dropped = 0;
    }
  }
}
