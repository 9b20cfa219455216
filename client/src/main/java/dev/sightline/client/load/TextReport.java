package dev.sightline.client.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A report for a terminal. */
public final class TextReport {
  private final Consumer<String> out;

  /**
   * Writes there.
   *
   * @param out takes lines without their ends
   */
  public TextReport(Consumer<String> out) {
    this.out = out;
  }

  /** What is loaded, and how. */
  public void head(Setting setting) {
    row("server", setting.server() + (setting.sharesProcess() ? ", in this process" : ""));
    row("model", setting.model());
    row("load", setting.streams());
    row("", setting.pace());
    row(
        "asked",
        setting.asked().entrySet().stream()
            .map(
                entry ->
                    entry.getKey() + (setting.asked().size() == 1 ? "" : " ×" + entry.getValue()))
            .collect(Collectors.joining("; ")));
    row("images", setting.images() + setting.still());
  }

  /** The figures of a load. */
  public void result(Setting setting, Result result) {
    Result.Frames frames = result.frames();
    out.accept("");
    if (result.seconds() == 0) {
      out.accept(
          "ended before anything counted; the warm-up is "
              + setting.plan().warmUp().toSeconds()
              + " s");
      row("balance", balance(result));
      return;
    }
    if (result.interrupted()) {
      out.accept(said("ended early, after %.1f s that count", result.seconds()));
    }
    row(
        "answers",
        said(
            "%.1f/s, explained %.1f/s, %sgoodput %.1f/s%s",
            result.answersPerSecond(),
            result.explainedPerSecond(),
            frames.unchanged() == 0 ? "" : said("unchanged %.1f/s, ", result.unchangedPerSecond()),
            result.goodput(),
            setting.plan().deadline() == null
                ? ""
                : " within " + setting.plan().deadline().toMillis() + " ms"));
    row(
        "frames",
        said(
            "%d due in %.1f s, %d explained%s (%.1f %% in time)",
            frames.offered(),
            result.seconds(),
            frames.explained(),
            frames.unchanged() == 0 ? "" : said(", %d unchanged", frames.unchanged()),
            100 * frames.kept()));
    row("latency", times(result.latency()));
    if (frames.unchanged() > 0) {
      row("unchanged", times(result.unchanged()) + said("  (%s)", unchanged(result)));
    }
    row("age", times(result.age()) + "  (at the server)");
    Result.Split split = result.split();
    row(
        "of which",
        said(
            "queue %.1f, decode %.1f, compute %.1f, postprocess %.1f, other %.1f, wire and client"
                + " %.1f ms",
            split.queue(),
            split.decode(),
            split.compute(),
            split.postprocess(),
            split.other(),
            split.wire()));
    row(
        "batches",
        said("%.1f frames on average, %.1f passes an image", split.batch(), split.passes()));
    row(
        "bytes",
        said(
            "%.0f a heatmap, %.0f an answer, %.0f a frame",
            result.bytes().perHeatmap(), result.bytes().perAnswer(), result.bytes().perFrame()));
    if (result.mixes().size() > 1) {
      for (Result.MixResult mix : result.mixes()) {
        row(
            "",
            said(
                "%s: %d explained, p50 %.1f ms, p99 %.1f ms, %.0f bytes a heatmap",
                mix.asked(),
                mix.explained(),
                mix.latency().p50(),
                mix.latency().p99(),
                mix.bytesPerHeatmap()));
      }
    }
    row(
        "drops",
        result.drops().isEmpty()
            ? "none"
            : result.drops().entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", ")));
    if (!result.example().isEmpty()) {
      row("", "such as: " + result.example());
    }
    row("balance", balance(result));
    if (setting.plan().pace() instanceof Pace.Open) {
      row("schedule", schedule(result));
    }
    row("generator", generator(setting, result));
    if (result.failure() != null) {
      out.accept("a stream failed: " + result.failure());
    }
  }

  /** A line of the caller's. */
  public void line(String line) {
    out.accept(line);
  }

  /** The head of the table of probes. */
  public void probesHead() {
    out.accept("");
    out.accept("  frames/s   p50 ms   p99 ms  goodput/s   in time");
  }

  /** One probe as a line. */
  public static String probe(Probe probe) {
    return said(
        "%10.1f %8.1f %8.1f %10.1f %8.1f %%  %s",
        probe.rate(),
        probe.reading().p50(),
        probe.reading().p99(),
        probe.reading().goodput(),
        100 * probe.reading().kept(),
        switch (probe.purpose()) {
              case SEARCH -> "";
              case CONFIRM -> "longer: ";
              case HEADROOM -> "at 70 %: ";
            }
            + (probe.holds() ? "holds" : probe.why()));
  }

  /** What the search came to. */
  public void capacity(Setting setting, Capacity capacity) {
    out.accept("");
    conclusions(setting, capacity).forEach(out);
  }

  /** The same in sentences. */
  static List<String> conclusions(Setting setting, Capacity capacity) {
    List<String> said = new ArrayList<>();
    String target =
        said(
            "p99 within %.0f ms and %.0f %% of the frames explained in time",
            capacity.target().p99Millis(), 100 * capacity.target().kept());
    if (capacity.isFound()) {
      int streams = setting.plan().streams().size();
      said.add(
          said(
              "capacity  %.1f frames/s (%d streams at %.2f fps) with %s%s",
              capacity.rate(),
              streams,
              capacity.rate() / streams,
              target,
              capacity.confirmed() ? "" : "; not confirmed by a longer run"));
    } else if (capacity.probes().isEmpty()) {
      said.add("nothing was measured");
    } else {
      Probe last = capacity.probes().get(capacity.probes().size() - 1);
      said.add(
          said(
              "no rate that was tried holds %s: %.1f frames/s has %s (p99 %.1f ms)",
              target, last.rate(), last.why(), last.reading().p99()));
    }
    if (capacity.headroom() != null) {
      said.add(
          said(
              "at %.0f %% of it, %.1f frames/s, p99 is %.1f ms and p50 %.1f ms",
              100 * CapacitySearch.HEADROOM,
              capacity.headroom().rate(),
              capacity.headroom().reading().p99(),
              capacity.headroom().reading().p50()));
    }
    if (capacity.limitedByGenerator()) {
      said.add(
          "at higher rates this machine sent frames late, so the server may have more: load it from"
              + " another machine");
    }
    if (!capacity.finished()) {
      said.add("the search was ended before its time");
    }
    return said;
  }

  static String balance(Result result) {
    Result.Balance balance = result.balance();
    return said(
        "%d frames sent, %d answers%s",
        balance.sent(),
        balance.answered(),
        balance.isEven()
            ? ": each has one"
            : ": %d FRAMES HAVE NONE".formatted(balance.sent() - balance.answered()));
  }

  /** How many frames took no pass. */
  static String unchanged(Result result) {
    Result.Frames frames = result.frames();
    return said(
        "%d of %d frames needed no explanation of their own, %.1f %%",
        frames.unchanged(), frames.served(), 100.0 * frames.unchanged() / frames.served());
  }

  static String schedule(Result result) {
    return (result.onSchedule()
            ? "kept"
            : "NOT KEPT, so the generator may have been the bottleneck")
        + said(
            ": frames were sent %.1f ms late at p50, %.1f ms at p99, %.1f ms at most",
            result.lateness().p50(), result.lateness().p99(), result.lateness().max());
  }

  static String generator(Setting setting, Result result) {
    Double cores = result.generator();
    if (cores == null) {
      return setting.sharesProcess()
          ? "shares its process with the server; name one with --server to measure apart"
          : "not measured";
    }
    return said(
        "%.2f of a core, %.0f %% of this machine's %d",
        cores, 100 * cores / setting.machine().cores(), setting.machine().cores());
  }

  private static String times(Percentiles times) {
    return said(
        "p50 %.1f  p90 %.1f  p99 %.1f  p99.9 %.1f  max %.1f ms",
        times.p50(), times.p90(), times.p99(), times.p999(), times.max());
  }

  private void row(String name, String value) {
    out.accept(said("%-10s %s", name, value).stripTrailing());
  }

  private static String said(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
