package dev.sightline.client.load;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** A report to look at: one page of HTML that needs no script and no other file. */
public final class Page {
  private final Setting setting;
  private final Markup page = new Markup();

  private Page(Setting setting) {
    this.setting = setting;
  }

  /** A report as a page. */
  public static String write(Setting setting, @Nullable Result result, @Nullable Capacity capacity)
      throws IOException {
    Page written = new Page(setting);
    written.head();
    if (capacity != null) {
      new CapacityCharts(written.page, setting, capacity).draw();
    }
    if (result != null) {
      written.result(result, capacity != null);
    }
    written.settings();
    return written.page.end().end().end().written();
  }

  private void head() throws IOException {
    page.raw("<!DOCTYPE html>\n").begin("html", "lang", "en").begin("head");
    page.raw("<meta charset=\"utf-8\">\n");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.add("title", "Load on " + setting.model());
    page.raw("<style>\n").raw(css()).raw("</style>\n").end();
    page.begin("body").begin("main");
    page.add("h1", "Load on " + setting.model());
    page.add("p", setting.streams() + "; " + setting.pace(), "class", "faint");
    if (setting.sharesProcess()) {
      page.add(
          "p",
          "The server ran in the generator's own process, so they shared processors and memory.",
          "class",
          "warning");
    }
  }

  private void result(Result result, boolean confirming) {
    if (confirming) {
      page.add("h2", "The last load at that rate, or nearest to it");
    }
    if (result.failure() != null) {
      page.add("p", "A stream failed: " + result.failure(), "class", "warning");
    }
    if (!result.balance().isEven()) {
      page.add("p", TextReport.balance(result), "class", "warning");
    }
    if (!result.onSchedule()) {
      page.add("p", "Schedule " + TextReport.schedule(result), "class", "warning");
    }
    if (result.interrupted()) {
      page.add("p", "It was ended before its time.", "class", "warning");
    }
    page.begin("div", "class", "tiles");
    tile("answers/s", "%.1f", result.answersPerSecond());
    tile("goodput/s", "%.1f", result.goodput());
    tile("in time", "%.1f %%", 100 * result.frames().kept());
    tile("p50", "%.1f ms", result.latency().p50());
    tile("p90", "%.1f ms", result.latency().p90());
    tile("p99", "%.1f ms", result.latency().p99());
    tile("p99.9", "%.1f ms", result.latency().p999());
    tile("bytes a heatmap", "%.0f", result.bytes().perHeatmap());
    page.end();
    page.begin("div", "class", "charts");
    throughput(result);
    latencies(result);
    distribution(result);
    split(result);
    drops(result);
    page.end();
    if (result.mixes().size() > 1) {
      mixes(result);
    }
    page.add("h2", "Figures").begin("dl");
    fact("Frames", frames(result));
    if (result.frames().unchanged() > 0) {
      fact(
          "Unchanged",
          said(
              "%s; p50 %.1f ms, p99 %.1f ms",
              TextReport.unchanged(result), result.unchanged().p50(), result.unchanged().p99()));
    }
    fact("Balance", TextReport.balance(result));
    if (setting.plan().pace() instanceof Pace.Open || confirming) {
      fact("Schedule", TextReport.schedule(result));
    }
    fact("Generator", TextReport.generator(setting, result));
    fact(
        "Age at the server",
        said("p50 %.1f ms, p99 %.1f ms", result.age().p50(), result.age().p99()));
    fact(
        "Batches",
        said(
            "%.1f frames on average, %.1f passes an image",
            result.split().batch(), result.split().passes()));
    fact(
        "Bytes",
        said(
            "%.0f a heatmap, %.0f an answer, %.0f a frame",
            result.bytes().perHeatmap(), result.bytes().perAnswer(), result.bytes().perFrame()));
    page.end();
  }

  private void throughput(Result result) {
    LineChart chart = new LineChart("Throughput and drops", "seconds", "frames/s", seconds(result));
    if (setting.plan().pace() instanceof Pace.Open) {
      chart.line("due", "c5", false, over(result, second -> second.offered() / second.length()));
    }
    chart.line(
        "explained", "c1", false, over(result, second -> second.explained() / second.length()));
    if (result.frames().unchanged() > 0) {
      chart.line(
          "unchanged", "c4", false, over(result, second -> second.unchanged() / second.length()));
    }
    if (setting.plan().deadline() != null) {
      chart.line("in time", "c3", false, over(result, second -> second.good() / second.length()));
    }
    chart
        .line("dropped", "c2", false, over(result, second -> second.dropped() / second.length()))
        .draw(page);
  }

  private void latencies(Result result) {
    new LineChart("Latency over time", "seconds", "ms", seconds(result))
        .line("p50", "c1", false, measured(result, second -> second.latency().p50()))
        .line("p90", "c3", false, measured(result, second -> second.latency().p90()))
        .line("p99", "c2", false, measured(result, second -> second.latency().p99()))
        .draw(page);
  }

  private void distribution(Result result) {
    int nines =
        (int) Math.max(2, Math.min(5, Math.ceil(Math.log10(result.latency().count() + 1.0))));
    List<double[]> points = new ArrayList<>();
    for (Result.Point point : result.curve()) {
      double at = point.share() < 1 ? -Math.log10(1 - point.share()) : nines;
      points.add(new double[] {Math.min(at, nines), point.millis()});
    }
    new LineChart("Distribution of the latency", "percentile", "ms", Axis.nines(nines))
        .line("latency", "c1", false, points)
        .draw(page);
  }

  private void split(Result result) {
    Result.Split split = result.split();
    Bars bars = new Bars("Where the time goes", "ms");
    bars.add("queue", "c2", split.queue());
    bars.add("decode", "c4", split.decode());
    bars.add("compute", "c1", split.compute());
    bars.add("postprocess", "c3", split.postprocess());
    bars.add("other, at the server", "c6", split.other());
    bars.add("wire and client", "c5", split.wire());
    bars.drawStacked(page);
  }

  private void drops(Result result) {
    Bars bars = new Bars("Frames dropped", "frames");
    for (Map.Entry<String, Long> drop : result.drops().entrySet()) {
      bars.add(drop.getKey(), "c2", drop.getValue());
    }
    bars.draw(page, "None.");
  }

  private void mixes(Result result) {
    page.add("h2", "By what was asked").begin("div", "class", "wide").begin("table");
    page.begin("tr");
    for (String name : List.of("asked", "explained", "p50 ms", "p99 ms", "bytes a heatmap")) {
      page.add("th", name);
    }
    page.end();
    for (Result.MixResult mix : result.mixes()) {
      page.begin("tr").add("td", mix.asked()).add("td", String.valueOf(mix.explained()));
      page.add("td", said("%.1f", mix.latency().p50()));
      page.add("td", said("%.1f", mix.latency().p99()));
      page.add("td", said("%.0f", mix.bytesPerHeatmap())).end();
    }
    page.end().end();
  }

  private void settings() {
    Machine machine = setting.machine();
    Plan plan = setting.plan();
    page.add("h2", "What was measured").begin("dl");
    fact(
        "Server",
        setting.server() + (setting.sharesProcess() ? ", in the generator's process" : ""));
    fact(
        "Asked",
        String.join(
            "; ",
            setting.asked().entrySet().stream()
                .map(entry -> entry.getKey() + " (" + entry.getValue() + " streams)")
                .toList()));
    fact("Images", setting.images() + setting.still());
    fact(
        "Time",
        said(
            "%s s after %s s of warm-up, from %s",
            Markup.number(plan.duration().toMillis() / 1000.0),
            Markup.number(plan.warmUp().toMillis() / 1000.0),
            setting.started()));
    fact(
        "Generator's machine",
        said(
            "%d cores, %s, %.0f GiB; %s, %s; Java %s",
            machine.cores(),
            machine.processor(),
            machine.memory() / (double) (1L << 30),
            machine.system(),
            machine.architecture(),
            machine.java()));
    fact("Program", setting.version());
    page.end();
    page.add(
        "p",
        "Latency runs from when a frame was due, not from when it was sent, until its answer was at"
            + " hand; explained and unchanged frames only. A frame belongs to the second in which its answer came.",
        "class",
        "faint");
  }

  private void tile(String name, String format, double value) {
    page.begin("div").add("b", said(format, value)).add("span", name).end();
  }

  private void fact(String name, String value) {
    page.add("dt", name).add("dd", value);
  }

  private static String frames(Result result) {
    Result.Frames frames = result.frames();
    return said(
        "%d due, %d explained, %d unchanged, %d dropped, %d lost, %d never sent",
        frames.offered(),
        frames.explained(),
        frames.unchanged(),
        frames.dropped(),
        frames.lost(),
        frames.unsent());
  }

  private static Axis seconds(Result result) {
    return Axis.between(0, Math.max(1, Math.ceil(result.seconds())), 6);
  }

  private static List<double[]> over(Result result, ToDoubleFunction<Second> value) {
    return result.series().stream()
        .filter(second -> second.length() > 0.5 || result.series().size() == 1)
        .map(
            second -> new double[] {second.at() + second.length() / 2, value.applyAsDouble(second)})
        .toList();
  }

  /** A second without answers has no latency. */
  private static List<double[]> measured(Result result, ToDoubleFunction<Second> value) {
    return result.series().stream()
        .filter(second -> second.latency().count() > 0)
        .map(
            second -> new double[] {second.at() + second.length() / 2, value.applyAsDouble(second)})
        .toList();
  }

  private static String css() throws IOException {
    try (InputStream in = Page.class.getResourceAsStream("load.css")) {
      if (in == null) {
        throw new IOException("load.css is missing from the program");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String said(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
