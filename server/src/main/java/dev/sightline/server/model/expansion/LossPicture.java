package dev.sightline.server.model.expansion;

import dev.sightline.server.model.Sheet;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The losses of a training over its steps, on a logarithmic scale. */
public final class LossPicture {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 300;
  private static final Color TRAINING = new Color(0x6fb7ff);
  private static final Color HELD_OUT = new Color(0xffb454);

  private final Sheet sheet;
  private final List<Measurement> curve;
  private final double top;
  private final double bottom;
  private final int steps;

  private LossPicture(Sheet sheet, List<Measurement> curve) {
    this.sheet = sheet;
    this.curve = curve;
    double largest = 1;
    double smallest = 1;
    for (Measurement measurement : curve) {
      largest = Math.max(largest, Math.max(measurement.training(), measurement.heldOut()));
      smallest = Math.min(smallest, Math.min(measurement.training(), measurement.heldOut()));
    }
    this.top = Math.log10(largest) + 0.05;
    this.bottom = Math.log10(Math.max(smallest, 1e-9)) - 0.05;
    this.steps = curve.get(curve.size() - 1).step();
  }

  /**
   * Draws it.
   *
   * @param curve at least one measurement
   * @param title a line about what was trained
   * @param subtitle a line about the result
   */
  public static BufferedImage draw(List<Measurement> curve, String title, String subtitle) {
    Sheet sheet =
        new Sheet(
            2 * Sheet.MARGIN + WIDTH + 44,
            2 * Sheet.MARGIN + Sheet.HEADER + HEIGHT + 24,
            title,
            subtitle);
    new LossPicture(sheet, curve).draw();
    return sheet.finished();
  }

  private void draw() {
    Graphics2D graphics = sheet.graphics();
    int left = Sheet.MARGIN + 44;
    int high = Sheet.MARGIN + Sheet.HEADER;
    graphics.setColor(Sheet.TRACK);
    graphics.fillRect(left, high, WIDTH, HEIGHT);
    graphics.setStroke(new BasicStroke(1));
    for (int decade = -6; decade <= 3; decade++) {
      for (int digit : new int[] {1, 2, 5}) {
        double value = digit * Math.pow(10, decade);
        double y = y(value);
        if (y > high && y < high + HEIGHT) {
          graphics.setColor(Sheet.PAPER);
          graphics.draw(new Line2D.Double(left, y, left + WIDTH, y));
          String number = new BigDecimal(value).round(new MathContext(1)).toPlainString();
          sheet.write(number, Font.PLAIN, 11, Sheet.PENCIL, Sheet.MARGIN, (int) y + 4);
        }
      }
    }
    line(Measurement::training, TRAINING, left);
    line(Measurement::heldOut, HELD_OUT, left);
    int caption = high + HEIGHT + 18;
    sheet.write("trained on", Font.PLAIN, 12, TRAINING, left, caption);
    sheet.write("held out", Font.PLAIN, 12, HELD_OUT, left + 74, caption);
    sheet.write(
        "mean squared error, 1 = the variance", Font.PLAIN, 12, Sheet.PENCIL, left + 136, caption);
    String end = "%d steps".formatted(steps);
    sheet.write(end, Font.PLAIN, 12, Sheet.PENCIL, left + WIDTH - 70, caption);
  }

  private double y(double loss) {
    double share = (top - Math.log10(Math.max(loss, 1e-9))) / (top - bottom);
    return Sheet.MARGIN + Sheet.HEADER + share * HEIGHT;
  }

  private void line(ToDoubleFunction<Measurement> of, Color color, int left) {
    Graphics2D graphics = sheet.graphics();
    graphics.setColor(color);
    graphics.setStroke(new BasicStroke(1.8f));
    double fromX = left;
    double fromY = y(1);
    for (Measurement measurement : curve) {
      double x = left + (double) measurement.step() / Math.max(1, steps) * WIDTH;
      double y = y(of.applyAsDouble(measurement));
      graphics.draw(new Line2D.Double(fromX, fromY, x, y));
      fromX = x;
      fromY = y;
    }
  }
}
