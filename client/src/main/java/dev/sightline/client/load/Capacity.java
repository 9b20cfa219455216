package dev.sightline.client.load;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many frames a second a server explains within a target.
 *
 * @param rate the highest rate that held, in frames a second; 0 if none did
 * @param confirmed whether it held for longer, too
 * @param limitedByGenerator whether a higher rate failed for the generator's sake, so that the
 *     server may have more
 * @param finished whether the search came to its end
 * @param probes all rates that were tried, in their order
 * @param headroom the one at {@link CapacitySearch#HEADROOM} of the rate; null if it was not tried
 */
public record Capacity(
    Target target,
    double rate,
    boolean confirmed,
    boolean limitedByGenerator,
    boolean finished,
    List<Probe> probes,
    @Nullable Probe headroom) {
  public Capacity {
    probes = List.copyOf(probes);
  }

  /**
   * What a rate must meet.
   *
   * @param p99Millis the longest 99th percentile of the latency
   * @param kept the smallest share of the frames that are explained in time, 0 to 1
   */
  public record Target(double p99Millis, double kept) {}

  /** Whether there is a rate that holds. */
  public boolean isFound() {
    return rate > 0;
  }
}
