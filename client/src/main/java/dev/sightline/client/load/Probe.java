package dev.sightline.client.load;

/**
 * A rate that was tried.
 *
 * @param rate frames a second of all streams together
 * @param why it does not hold; empty if it does
 * @param late whether that is the generator's fault
 */
public record Probe(double rate, Purpose purpose, Reading reading, String why, boolean late) {

  /** Why it was tried. */
  public enum Purpose {
    /** To find the capacity. */
    SEARCH,
    /** To confirm it, for longer. */
    CONFIRM,
    /** To tell what a part of it is like. */
    HEADROOM
  }

  /**
   * What was measured; times in milliseconds.
   *
   * @param goodput frames explained or unchanged in time a second
   * @param kept the share of these among the frames that were due
   * @param lateness the 99th percentile of how late frames were sent
   * @param even whether every frame that was sent has its answer
   */
  public record Reading(
      double p50, double p99, double goodput, double kept, double lateness, boolean even) {
    /** Of a load that was run. */
    public static Reading of(Result result) {
      return new Reading(
          result.latency().p50(),
          result.latency().p99(),
          result.goodput(),
          // Nothing is known of a rate at which nothing came back.
          result.frames().served() == 0 ? 0 : result.frames().kept(),
          result.lateness().p99(),
          result.isClean());
    }
  }

  /** Whether the rate holds. */
  public boolean holds() {
    return why.isEmpty();
  }
}
