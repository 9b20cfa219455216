package dev.sightline.client.load;

import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a load came to.
 *
 * @param seconds how long it counted
 * @param frames of the frames that became due in that time
 * @param balance of all frames, those of the warm-up as well
 * @param answersPerSecond answers of any kind, as they were delivered in that time
 * @param explainedPerSecond explanations, likewise
 * @param unchangedPerSecond answers that name an explanation before them which holds, likewise
 * @param goodput both within the deadline a second, likewise
 * @param latency of both: from when the frame was due until its answer was at hand
 * @param unchanged the latency of unchanged frames alone
 * @param age of both: from the frame's arrival until its answer was ready, as the server tells
 * @param lateness from when a frame was due until it was sent; of an open loop
 * @param curve the distribution of the latency
 * @param split where the time of an explanation goes, on average
 * @param batchSizes how many explanations came of batches of each size
 * @param drops frames due in that time that were neither explained nor unchanged, by reason
 * @param mixes each thing that was asked
 * @param generator the processors that the generator itself took, in cores; null where they cannot
 *     be told from the server's
 * @param interrupted whether it was ended before its time
 * @param failure why it ended before its time; null if nothing failed
 * @param example the message of the first of these; empty if there is none
 */
public record Result(
    double seconds,
    Frames frames,
    Balance balance,
    double answersPerSecond,
    double explainedPerSecond,
    double unchangedPerSecond,
    double goodput,
    Percentiles latency,
    Percentiles unchanged,
    Percentiles age,
    Percentiles lateness,
    List<Point> curve,
    Split split,
    SortedMap<Integer, Long> batchSizes,
    SortedMap<String, Long> drops,
    Bytes bytes,
    List<MixResult> mixes,
    List<Second> series,
    @Nullable Double generator,
    boolean interrupted,
    @Nullable String failure,
    String example) {

  /**
   * Beyond that the generator did not keep its schedule, in milliseconds at the 99th percentile.
   */
  static final double LATE_MILLIS = 10;

  /** Frames that became due in the time that counts. */
  public record Frames(
      long offered,
      long explained,
      long unchanged,
      long good,
      long dropped,
      long lost,
      long unsent) {
    /** Frames that were explained, or need not be. */
    public long served() {
      return explained + unchanged;
    }

    /** The share of those offered that were served in time; 1 where none was offered. */
    public double kept() {
      return offered == 0 ? 1 : (double) good / offered;
    }
  }

  /** Frames that were sent, and what came back. */
  public record Balance(long sent, long answered, long lost) {
    /** Whether every frame has one answer. */
    public boolean isEven() {
      return sent == answered && lost == 0;
    }
  }

  /** A point of the distribution: that share of the latencies, 0 to 1, is at most so long. */
  public record Point(double share, double millis) {}

  /**
   * Mean milliseconds of an explanation.
   *
   * @param other at the server, but none of the four before it
   * @param wire all that is not at the server: waiting to be sent, the network, and the client
   * @param batch how many frames shared its last pass
   * @param passes how many frames were computed for it
   */
  public record Split(
      double queue,
      double decode,
      double compute,
      double postprocess,
      double other,
      double wire,
      double batch,
      double passes) {}

  /**
   * Mean bytes.
   *
   * @param perHeatmap of a map's data
   * @param perAnswer of an answer as it is on the wire
   * @param perFrame of a frame as it is on the wire
   */
  public record Bytes(double perHeatmap, double perAnswer, double perFrame) {}

  /** What came of the frames of which the same was asked. */
  public record MixResult(
      String asked, long explained, double bytesPerHeatmap, Percentiles latency) {}

  /** Frames served a second, as their answers were delivered in the time that counts. */
  public double servedPerSecond() {
    return explainedPerSecond + unchangedPerSecond;
  }

  /** Whether the frames were sent when they were due, but for the odd one. */
  public boolean onSchedule() {
    return lateness.p99() <= LATE_MILLIS;
  }

  /** Whether every frame that was sent has its answer, and nothing failed. */
  public boolean isClean() {
    return balance.isEven() && failure == null;
  }
}
