package dev.sightline.client.cli;

import dev.sightline.client.load.ArrivalProcess;
import dev.sightline.client.load.CallKind;
import dev.sightline.client.load.Capacity;
import dev.sightline.client.load.Pace;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of a load that say when the next frame is due, and what rate is looked for. */
final class PaceOptions {
  private static final int BATCH_IN_FLIGHT = 4;
  private static final double HIGHEST_RATE = 1_000_000;

  @Option(
      names = "--fps",
      paramLabel = "F",
      description = "Open loop: frames a second that each stream sends, whatever is answered.")
  private @Nullable Double fps;

  @Option(
      names = "--rate",
      paramLabel = "R",
      description = "Open loop: frames a second that all streams send together.")
  private @Nullable Double rate;

  @Option(
      names = "--arrivals",
      paramLabel = "HOW",
      description =
          "Open loop: poisson (independent; if not given for batch and unary) or fixed (each stream"
              + " at equal times, out of step with the others, as cameras are; if not given for"
              + " live).")
  private @Nullable ArrivalProcess arrivals;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description =
          "Closed loop, which it is without --fps and --rate: frames that each stream keeps"
              + " unanswered; 1 if not given, 4 for batch.")
  private @Nullable Integer inFlight;

  @Option(
      names = "--find-capacity",
      description =
          "Search the highest rate of an open loop that meets --p99 and --goodput, confirm it, and"
              + " measure what 70 %% of it is like.")
  boolean findCapacity;

  @Option(
      names = "--p99",
      paramLabel = "TIME",
      converter = Span.class,
      description = "With --find-capacity: the longest 99th percentile of the latency.")
  private @Nullable Duration p99;

  @Option(
      names = "--goodput",
      paramLabel = "SHARE",
      description =
          "With --find-capacity: the smallest share of the frames that are explained (within"
              + " --deadline); 0.99 if not given.")
  private @Nullable Double goodput;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** The pace that was asked for; with --find-capacity, the closed loop that it begins with. */
  Pace pace(CallKind call, int streams) {
    boolean open = fps != null || rate != null;
    require(fps == null || rate == null, "--fps and --rate both say the rate; give one");
    require(
        !(open && inFlight != null), "--in-flight is for a closed loop, without --fps or --rate");
    require(
        open || arrivals == null || findCapacity,
        "--arrivals is for an open loop, with --fps or --rate");
    require(
        !findCapacity || (!open && inFlight == null),
        "--find-capacity looks for the rate itself; leave --fps, --rate and --in-flight out");
    require(inFlight == null || (inFlight >= 1 && inFlight <= 1000), "--in-flight is 1 to 1000");
    if (open) {
      double all = rate != null ? rate : fps == null ? 0 : fps * streams;
      require(all > 0 && all <= HIGHEST_RATE, "a rate is above 0 and at most 1000000 frames/s");
      return open(call, all);
    }
    return new Pace.Closed(
        inFlight != null ? inFlight : call == CallKind.BATCH ? BATCH_IN_FLIGHT : 1);
  }

  /** An open loop of another rate. */
  Pace.Open open(CallKind call, double framesPerSecond) {
    ArrivalProcess usual = call == CallKind.LIVE ? ArrivalProcess.FIXED : ArrivalProcess.POISSON;
    return new Pace.Open(framesPerSecond, arrivals == null ? usual : arrivals);
  }

  /** What a rate must meet; null if none is looked for. */
  Capacity.@Nullable Target target() {
    if (!findCapacity) {
      require(p99 == null && goodput == null, "--p99 and --goodput go with --find-capacity");
      return null;
    }
    if (p99 == null || p99.isZero()) {
      throw misuse("--find-capacity needs a target, such as --p99 100ms");
    }
    double kept = goodput == null ? 0.99 : goodput;
    require(kept > 0 && kept <= 1, "--goodput is above 0 and at most 1");
    return new Capacity.Target(p99.toNanos() / 1e6, kept);
  }

  private void require(boolean met, String rule) {
    if (!met) {
      throw misuse(rule);
    }
  }

  private ParameterException misuse(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }
}
