package dev.sightline.client.load;

import java.util.ArrayList;
import java.util.List;

/**
 * An axis of a chart.
 *
 * @param from its first value
 * @param to its last value, above the first
 */
record Axis(double from, double to, List<Tick> ticks) {

  /** A value and what is written beside it. */
  record Tick(double at, String label) {}

  /** From zero to the next round number, with about that many ticks. */
  static Axis upTo(double highest, int about) {
    double step = step(Math.max(highest, 1e-3) / about);
    int count = (int) Math.max(1, Math.ceil(highest / step - 1e-9));
    return new Axis(0, step * count, ticks(0, step, count));
  }

  /** Between two values, with ticks at round numbers. */
  static Axis between(double from, double to, int about) {
    double end = to > from ? to : from + 1;
    double step = step((end - from) / about);
    double first = Math.ceil(from / step - 1e-9) * step;
    return new Axis(from, end, ticks(first, step, (int) Math.floor((end - first) / step + 1e-9)));
  }

  /** Of shares below 1, each nine as wide as the one before. */
  static Axis nines(int nines) {
    List<Tick> ticks = new ArrayList<>(List.of(new Tick(0, "0 %")));
    for (int i = 1; i <= nines; i++) {
      ticks.add(new Tick(i, i == 1 ? "90 %" : i == 2 ? "99 %" : "99." + "9".repeat(i - 2) + " %"));
    }
    return new Axis(0, Math.max(1, nines), ticks);
  }

  /** Where a value lies, 0 at the beginning and 1 at the end. */
  double place(double value) {
    return Math.max(0, Math.min(1, (value - from) / (to - from)));
  }

  private static List<Tick> ticks(double first, double step, int count) {
    List<Tick> ticks = new ArrayList<>();
    for (int i = 0; i <= count; i++) {
      double at = first + i * step;
      ticks.add(new Tick(at, Markup.number(at)));
    }
    return ticks;
  }

  private static double step(double least) {
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    for (double round : new double[] {1, 2, 5}) {
      if (round * power >= least * (1 - 1e-9)) {
        return round * power;
      }
    }
    return 10 * power;
  }
}
