package dev.sightline.client.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Amounts beside each other, or as parts of one bar. */
final class Bars {
  private final String title;
  private final String unit;
  private final List<Bar> bars = new ArrayList<>();

  private record Bar(String name, String colour, double amount) {}

  Bars(String title, String unit) {
    this.title = title;
    this.unit = unit;
  }

  void add(String name, String colour, double amount) {
    bars.add(new Bar(name, colour, amount));
  }

  /** One bar each, the longest as wide as the chart. */
  void draw(Markup page, String none) {
    page.begin("figure").add("h3", title);
    if (bars.isEmpty()) {
      page.add("p", none, "class", "faint");
    }
    double most = bars.stream().mapToDouble(Bar::amount).max().orElse(1);
    for (Bar bar : bars) {
      page.begin("p", "class", "bar");
      page.add("span", bar.name).add("b", Markup.number(bar.amount) + " " + unit).end();
      strip(page, List.of(bar), most);
    }
    page.end();
  }

  /** All in one bar, and below it what they are. */
  void drawStacked(Markup page) {
    double all = bars.stream().mapToDouble(Bar::amount).sum();
    page.begin("figure").add("h3", title + ": " + tenths(all) + " " + unit + " on average");
    strip(page, bars, all);
    page.begin("table", "class", "parts");
    for (Bar bar : bars) {
      page.begin("tr").begin("td");
      page.add("i", "", "class", "swatch " + bar.colour).text(" " + bar.name).end();
      page.add("td", tenths(bar.amount) + " " + unit);
      page.add("td", all == 0 ? "" : Math.round(100 * bar.amount / all) + " %").end();
    }
    page.end().end();
  }

  private static String tenths(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private void strip(Markup page, List<Bar> parts, double all) {
    page.begin(
        "svg",
        "viewBox",
        "0 0 100 6",
        "preserveAspectRatio",
        "none",
        "class",
        "strip",
        "role",
        "img",
        "aria-label",
        title);
    double x = 0;
    for (Bar part : parts) {
      double width = all == 0 ? 0 : 100 * part.amount / all;
      page.shape("rect", "class", part.colour, "x", x, "y", 0.0, "width", width, "height", 6.0);
      x += width;
    }
    page.end();
  }
}
