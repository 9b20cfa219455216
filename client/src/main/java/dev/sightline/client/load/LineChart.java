package dev.sightline.client.load;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Lines over a common axis, as inline SVG that takes its colours from the page. */
final class LineChart {
  private static final double WIDTH = 460;
  private static final double HEIGHT = 250;
  private static final double LEFT = 50;
  private static final double RIGHT = 14;
  private static final double TOP = 22;
  private static final double BOTTOM = 36;

  private final String title;
  private final String xUnit;
  private final String yUnit;
  private final Axis x;
  private final List<Line> lines = new ArrayList<>();
  private final List<Mark> marks = new ArrayList<>();

  /** A line; marked where each point matters by itself. */
  private record Line(String name, String colour, boolean dots, List<double[]> points) {}

  /** A value that is not to be crossed. */
  private record Mark(String name, double at, boolean vertical) {}

  LineChart(String title, String xUnit, String yUnit, Axis x) {
    this.title = title;
    this.xUnit = xUnit;
    this.yUnit = yUnit;
    this.x = x;
  }

  /**
   * Adds a line.
   *
   * @param colour the class that colours it
   */
  LineChart line(String name, String colour, boolean dots, List<double[]> points) {
    if (!points.isEmpty()) {
      lines.add(new Line(name, colour, dots, points));
    }
    return this;
  }

  LineChart across(String name, double at) {
    marks.add(new Mark(name, at, false));
    return this;
  }

  LineChart upright(String name, double at) {
    marks.add(new Mark(name, at, true));
    return this;
  }

  void draw(Markup page) {
    page.begin("figure").add("h3", title);
    if (lines.isEmpty()) {
      page.add("p", "Nothing was measured.", "class", "faint").end();
      return;
    }
    Axis y = Axis.upTo(highest(), 5);
    page.begin(
        "svg",
        "viewBox",
        "0 0 460 250",
        "role",
        "img",
        "aria-label",
        title + ", " + yUnit + " against " + xUnit);
    axes(page, y);
    for (Mark mark : marks) {
      mark(page, y, mark);
    }
    for (Line line : lines) {
      if (line.dots || line.points.size() == 1) {
        for (double[] point : line.points) {
          page.shape(
              "circle",
              "class",
              "dot " + line.colour,
              "cx",
              px(point[0]),
              "cy",
              py(y, point[1]),
              "r",
              3.5);
        }
      }
      page.shape(
          "polyline",
          "class",
          "line " + line.colour,
          "points",
          line.points.stream()
              .map(point -> Markup.number(px(point[0])) + "," + Markup.number(py(y, point[1])))
              .collect(Collectors.joining(" ")));
    }
    page.end();
    legend(page);
    page.end();
  }

  private void axes(Markup page, Axis y) {
    for (Axis.Tick tick : y.ticks()) {
      double at = py(y, tick.at());
      page.shape("line", "class", "grid", "x1", LEFT, "x2", WIDTH - RIGHT, "y1", at, "y2", at);
      page.add("text", tick.label(), "class", "end", "x", LEFT - 6, "y", at + 4);
    }
    for (Axis.Tick tick : x.ticks()) {
      double at = px(tick.at());
      page.shape(
          "line",
          "class",
          "axis",
          "x1",
          at,
          "x2",
          at,
          "y1",
          HEIGHT - BOTTOM,
          "y2",
          HEIGHT - BOTTOM + 4);
      // A long label at the right edge would be cut.
      boolean edge = at > WIDTH - 2 * RIGHT && tick.label().length() > 4;
      page.add(
          "text",
          tick.label(),
          "class",
          edge ? "end" : "middle",
          "x",
          edge ? WIDTH - 1 : at,
          "y",
          HEIGHT - BOTTOM + 17);
    }
    page.shape(
        "line",
        "class",
        "axis",
        "x1",
        LEFT,
        "x2",
        WIDTH - RIGHT,
        "y1",
        HEIGHT - BOTTOM,
        "y2",
        HEIGHT - BOTTOM);
    page.add("text", yUnit, "class", "faint", "x", 2.0, "y", 11.0);
    page.add("text", xUnit, "class", "faint end", "x", WIDTH - RIGHT, "y", HEIGHT - 4);
  }

  private void mark(Markup page, Axis y, Mark mark) {
    if (mark.vertical) {
      double at = px(mark.at);
      boolean right = at > WIDTH * 0.6;
      page.shape("line", "class", "mark", "x1", at, "x2", at, "y1", TOP, "y2", HEIGHT - BOTTOM);
      page.add(
          "text",
          mark.name,
          "class",
          right ? "faint end" : "faint",
          "x",
          at + (right ? -4 : 4),
          "y",
          TOP + 10);
    } else {
      double at = py(y, mark.at);
      page.shape("line", "class", "mark", "x1", LEFT, "x2", WIDTH - RIGHT, "y1", at, "y2", at);
      page.add("text", mark.name, "class", "faint end", "x", WIDTH - RIGHT, "y", at - 4);
    }
  }

  private void legend(Markup page) {
    page.begin("p", "class", "legend");
    for (Line line : lines) {
      page.begin("span").add("i", "", "class", "swatch " + line.colour).text(" " + line.name).end();
    }
    page.end();
  }

  private double highest() {
    double highest =
        marks.stream().filter(mark -> !mark.vertical).mapToDouble(Mark::at).max().orElse(0);
    for (Line line : lines) {
      for (double[] point : line.points) {
        highest = Math.max(highest, point[1]);
      }
    }
    return highest;
  }

  private double px(double value) {
    return LEFT + x.place(value) * (WIDTH - LEFT - RIGHT);
  }

  private static double py(Axis y, double value) {
    return HEIGHT - BOTTOM - y.place(value) * (HEIGHT - BOTTOM - TOP);
  }
}
