package dev.sightline.client.cli;

import dev.sightline.client.load.Capacity;
import dev.sightline.client.load.CapacitySearch;
import dev.sightline.client.load.Generator;
import dev.sightline.client.load.Pace;
import dev.sightline.client.load.Plan;
import dev.sightline.client.load.Probe;
import dev.sightline.client.load.Result;
import dev.sightline.client.load.Setting;
import dev.sightline.client.load.TextReport;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.function.DoubleFunction;
import org.jspecify.annotations.Nullable;

/** One load with its reports, or the many of a search for the capacity. Used once. */
final class LoadRun {
  private static final int TICK_MILLIS = 100;
  private static final Duration ESTIMATE = Duration.ofSeconds(4);

  /** A 99th percentile of fewer answers says little. */
  private static final double FEWEST_FRAMES = 200;

  private static final Duration LONGEST_PROBE = Duration.ofSeconds(60);

  private final Setting setting;
  private final Generator generator;
  private final LoadOutput output;
  private @Nullable Result last;
  private Plan plan;

  LoadRun(Setting setting, Generator generator, LoadOutput output) {
    this.setting = setting;
    this.generator = generator;
    this.output = output;
    this.plan = setting.plan();
  }

  /** Runs the load as it is planned and gives the exit code. */
  int once() throws IOException, InterruptedException {
    TextReport text = output.text();
    text.head(setting);
    Result result = run(setting.plan(), "load");
    text.result(setting, result);
    output.write(setting, result, null);
    return result.isClean() ? 0 : Main.FAILED;
  }

  /**
   * Searches the capacity and gives the exit code.
   *
   * @param longEnough whether low rates are tried for longer than is planned
   */
  int search(Capacity.Target target, boolean longEnough, DoubleFunction<Pace.Open> open)
      throws IOException, InterruptedException {
    TextReport text = output.text();
    text.head(setting);
    Result closed =
        run(setting.plan().paced(setting.plan().pace(), shorter(ESTIMATE)), "closed loop");
    text.line("");
    text.line(
        String.format(
            Locale.ROOT,
            "closed loop: %.1f/s, p99 %.1f ms; searching the rate from half of that",
            closed.servedPerSecond(),
            closed.latency().p99()));
    text.probesHead();
    CapacitySearch search =
        new CapacitySearch(
            target,
            (rate, purpose) -> probe(open.apply(rate), purpose, longEnough),
            probe -> text.line(TextReport.probe(probe)));
    Capacity capacity = search.search(closed.servedPerSecond() / 2);
    Result result = last;
    Setting found = setting.of(plan);
    text.capacity(found, capacity);
    if (result != null) {
      text.line("");
      text.line("the last load at that rate, or nearest to it");
      text.result(found, result);
    }
    output.write(found, result, capacity);
    boolean clean = capacity.probes().stream().allMatch(probe -> probe.reading().even());
    return capacity.confirmed() && clean ? 0 : Main.FAILED;
  }

  private Probe.@Nullable Reading probe(Pace.Open pace, Probe.Purpose purpose, boolean longEnough)
      throws InterruptedException {
    if (generator.isStopped()) {
      return null;
    }
    Duration enough = Duration.ofNanos((long) (FEWEST_FRAMES / pace.rate() * 1e9));
    Duration usual = setting.plan().duration();
    Duration longer = purpose == Probe.Purpose.CONFIRM ? usual.multipliedBy(2) : usual;
    Duration bounded = enough.compareTo(LONGEST_PROBE) > 0 ? LONGEST_PROBE : enough;
    Duration duration = !longEnough || longer.compareTo(bounded) > 0 ? longer : bounded;
    Plan probing = setting.plan().paced(pace, duration);
    Result result = run(probing, String.format(Locale.ROOT, "%.1f frames/s", pace.rate()));
    if (purpose != Probe.Purpose.HEADROOM) {
      last = result;
      plan = probing;
    }
    return result.interrupted() ? null : Probe.Reading.of(result);
  }

  private Result run(Plan plan, String task) throws InterruptedException {
    int steps = (int) (plan.warmUp().plus(plan.duration()).toMillis() / TICK_MILLIS);
    try (StatusBar bar = output.bar(task, steps)) {
      return generator.run(
          plan,
          perSecond -> {
            bar.step();
            bar.note(String.format(Locale.ROOT, "%.1f/s", perSecond));
          });
    }
  }

  private Duration shorter(Duration bound) {
    Duration duration = setting.plan().duration();
    return duration.compareTo(bound) < 0 ? duration : bound;
  }
}
