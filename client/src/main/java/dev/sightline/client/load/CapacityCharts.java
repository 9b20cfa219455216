package dev.sightline.client.load;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What a search for the capacity found, on the page. */
final class CapacityCharts {
  /** What is far above the target would leave no room for what is near it. */
  private static final double HIGHEST = 3;

  private final Markup page;
  private final Setting setting;
  private final Capacity capacity;

  CapacityCharts(Markup page, Setting setting, Capacity capacity) {
    this.page = page;
    this.setting = setting;
    this.capacity = capacity;
  }

  void draw() {
    page.begin("ul", "class", "said");
    TextReport.conclusions(setting, capacity).forEach(sentence -> page.add("li", sentence));
    page.end();
    page.begin("div", "class", "charts");
    double target = capacity.target().p99Millis();
    double most = capacity.probes().stream().mapToDouble(Probe::rate).max().orElse(1);
    boolean cut =
        capacity.probes().stream().anyMatch(probe -> probe.reading().p99() > HIGHEST * target);
    // Their axis ends at a round number beyond the highest rate, so that no point is cut.
    Axis rates = Axis.upTo(most, 6);
    LineChart latency =
        new LineChart(
                cut ? "p99 against rate, up to three times the target" : "p99 against rate",
                "frames/s",
                "ms",
                rates)
            .line(
                "p50",
                "c1",
                true,
                points(probe -> Math.min(HIGHEST * target, probe.reading().p50())))
            .line(
                "p99",
                "c2",
                true,
                points(probe -> Math.min(HIGHEST * target, probe.reading().p99())))
            .across(String.format(Locale.ROOT, "target %.0f ms", target), target);
    LineChart goodput =
        new LineChart("Goodput against rate", "frames/s", "frames/s", rates)
            .line("offered", "c5", false, points(Probe::rate))
            .line("goodput", "c1", true, points(probe -> probe.reading().goodput()));
    if (capacity.isFound()) {
      latency.upright("capacity", capacity.rate());
      goodput.upright("capacity", capacity.rate());
    }
    latency.draw(page);
    goodput.draw(page);
    page.end();
    table();
  }

  private void table() {
    page.begin("div", "class", "wide").begin("table").begin("tr");
    for (String name : List.of("frames/s", "p50 ms", "p99 ms", "goodput/s", "in time", "")) {
      page.add("th", name);
    }
    page.end();
    for (Probe probe : capacity.probes()) {
      page.begin("tr");
      for (double value :
          new double[] {
            probe.rate(), probe.reading().p50(), probe.reading().p99(), probe.reading().goodput()
          }) {
        page.add("td", String.format(Locale.ROOT, "%.1f", value));
      }
      page.add("td", String.format(Locale.ROOT, "%.1f %%", 100 * probe.reading().kept()));
      String purpose =
          switch (probe.purpose()) {
            case SEARCH -> "";
            case CONFIRM -> "longer: ";
            case HEADROOM -> "at 70 %: ";
          };
      page.add("td", purpose + (probe.holds() ? "holds" : probe.why()), "class", "words").end();
    }
    page.end().end();
  }

  private List<double[]> points(ToDoubleFunction<Probe> value) {
    return capacity.probes().stream()
        .sorted(Comparator.comparingDouble(Probe::rate))
        .map(probe -> new double[] {probe.rate(), value.applyAsDouble(probe)})
        .toList();
  }
}
