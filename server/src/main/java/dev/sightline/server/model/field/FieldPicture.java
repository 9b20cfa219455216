package dev.sightline.server.model.field;

import dev.sightline.heatmap.ColorMap;
import dev.sightline.server.model.Sheet;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * A measured influence and the Gaussian that fits it, side by side in the same colours, with the
 * ellipses of one and two σ, and both as profiles through the Gaussian's centre.
 */
public final class FieldPicture {
  private static final int GAP = 22;
  private static final int CAPTION = 24;
  private static final int SIDE = 300;
  private static final int PROFILE_WIDTH = 340;

  /** The brightest of the data's pixels, a few in a thousand, would leave no colour to the rest. */
  private static final double BRIGHTEST = 0.998;

  /** Profiles are averaged over a strip of so many σ beside the centre, against the texture. */
  private static final double STRIP = 0.2;

  private static final Color DATA = new Color(0x6fb7ff);
  private static final Color FIT = new Color(0xffb454);

  private final Influence influence;
  private final Gaussian gaussian;
  private final double top;
  private final double zoom;
  private final int panelWidth;
  private final int panelHeight;
  private final Sheet sheet;
  private final Graphics2D graphics;

  private FieldPicture(Influence influence, Gaussian gaussian, Sheet sheet) {
    this.influence = influence;
    this.gaussian = gaussian;
    this.sheet = sheet;
    this.graphics = sheet.graphics();
    double[] sorted = Arrays.stream(influence.values()).filter(v -> v > 0).sorted().toArray();
    top = Math.max(gaussian.amplitude(), sorted[(int) ((sorted.length - 1) * BRIGHTEST)]);
    zoom = (double) SIDE / Math.max(influence.height(), influence.width());
    panelWidth = panelWidth(influence);
    panelHeight = panelHeight(influence);
  }

  /**
   * Draws it.
   *
   * @param title a line about what was measured
   * @param subtitle a line about the result
   */
  public static BufferedImage draw(
      Influence influence, Gaussian gaussian, String title, String subtitle) {
    int width = 2 * Sheet.MARGIN + 2 * (panelWidth(influence) + GAP) + PROFILE_WIDTH;
    int height = 2 * Sheet.MARGIN + Sheet.HEADER + Math.max(panelHeight(influence), SIDE) + CAPTION;
    Sheet sheet = new Sheet(width, height, title, subtitle);
    new FieldPicture(influence, gaussian, sheet).draw();
    return sheet.finished();
  }

  private static int panelWidth(Influence influence) {
    return Math.max(1, SIDE * influence.width() / Math.max(influence.height(), influence.width()));
  }

  private static int panelHeight(Influence influence) {
    return Math.max(1, SIDE * influence.height() / Math.max(influence.height(), influence.width()));
  }

  private void draw() {
    int y = Sheet.MARGIN + Sheet.HEADER;
    int second = Sheet.MARGIN + panelWidth + GAP;
    panel(influence.values(), Sheet.MARGIN, y, "measured, with 1σ and 2σ of the fit");
    panel(
        influence.pixels().mapToDouble(i -> gaussian.at(influence.x(i), influence.y(i))).toArray(),
        second,
        y,
        "fitted");
    int third = second + panelWidth + GAP;
    int half = (SIDE - GAP) / 2;
    profile(columns(), influence.width(), gaussian.centreX(), gaussian.sigmaX(), third, y, half);
    sheet.write("σx, along a row", Font.PLAIN, 12, Sheet.PENCIL, third + 8, y + 16);
    int below = y + half + GAP;
    profile(rows(), influence.height(), gaussian.centreY(), gaussian.sigmaY(), third, below, half);
    sheet.write("σy, along a column", Font.PLAIN, 12, Sheet.PENCIL, third + 8, below + 16);
    int line = y + SIDE + 17;
    sheet.write("measured", Font.PLAIN, 12, DATA, third, line);
    sheet.write("fitted", Font.PLAIN, 12, FIT, third + 66, line);
    sheet.write("within 0.2σ of the centre", Font.PLAIN, 12, Sheet.PENCIL, third + 110, line);
  }

  private void panel(double[] values, int x, int y, String caption) {
    BufferedImage image =
        new BufferedImage(influence.width(), influence.height(), BufferedImage.TYPE_3BYTE_BGR);
    for (int i = 0; i < values.length; i++) {
      image.setRGB(
          i % influence.width(), i / influence.width(), ColorMap.rgb((float) (values[i] / top)));
    }
    Shape everywhere = graphics.getClip();
    graphics.clipRect(x, y, panelWidth, panelHeight);
    graphics.drawImage(image, x, y, panelWidth, panelHeight, null);
    for (int sigmas = 1; sigmas <= 2; sigmas++) {
      double radiusX = sigmas * gaussian.sigmaX() * zoom;
      double radiusY = sigmas * gaussian.sigmaY() * zoom;
      Shape ellipse =
          new Ellipse2D.Double(
              x + gaussian.centreX() * zoom - radiusX,
              y + gaussian.centreY() * zoom - radiusY,
              2 * radiusX,
              2 * radiusY);
      graphics.setColor(new Color(0, 0, 0, 120));
      graphics.setStroke(new BasicStroke(2.6f));
      graphics.draw(ellipse);
      graphics.setColor(Sheet.INK);
      graphics.setStroke(new BasicStroke(1.2f));
      graphics.draw(ellipse);
    }
    graphics.setClip(everywhere);
    sheet.write(caption, Font.PLAIN, 12, Sheet.PENCIL, x, y + panelHeight + 17);
  }

  /** The mean of the rows near the centre. */
  private double[] columns() {
    return strip(
        influence.height(), gaussian.centreY(), gaussian.sigmaY(), influence.width(), false);
  }

  /** The mean of the columns near the centre. */
  private double[] rows() {
    return strip(
        influence.width(), gaussian.centreX(), gaussian.sigmaX(), influence.height(), true);
  }

  private double[] strip(int across, double centre, double sigma, int along, boolean turned) {
    int from = clamp((int) Math.floor(centre - STRIP * sigma), across);
    int to = clamp((int) Math.floor(centre + STRIP * sigma), across);
    double[] profile = new double[along];
    for (int i = 0; i < along; i++) {
      for (int j = from; j <= to; j++) {
        int pixel = turned ? i * influence.width() + j : j * influence.width() + i;
        profile[i] += influence.values()[pixel] / (to - from + 1);
      }
    }
    return profile;
  }

  private static int clamp(int pixel, int length) {
    return Math.max(0, Math.min(length - 1, pixel));
  }

  private void profile(
      double[] data, int length, double centre, double sigma, int x, int y, int height) {
    graphics.setColor(Sheet.TRACK);
    graphics.fillRect(x, y, PROFILE_WIDTH, height);
    double highest = Math.max(gaussian.amplitude(), Arrays.stream(data).max().orElse(0)) * 1.08;
    double step = (double) PROFILE_WIDTH / length;
    DoubleUnaryOperator at = value -> y + height - value / highest * height;
    graphics.setColor(Sheet.PAPER);
    graphics.setStroke(new BasicStroke(1));
    for (int sigmas = -2; sigmas <= 2; sigmas++) {
      double line = x + (centre + sigmas * sigma) * step;
      if (line > x && line < x + PROFILE_WIDTH) {
        graphics.draw(new Line2D.Double(line, y, line, y + height));
      }
    }
    Shape everywhere = graphics.getClip();
    graphics.clipRect(x, y, PROFILE_WIDTH, height);
    graphics.setColor(DATA);
    graphics.setStroke(new BasicStroke(1.4f));
    for (int i = 1; i < data.length; i++) {
      graphics.draw(
          new Line2D.Double(
              x + (i - 0.5) * step,
              at.applyAsDouble(data[i - 1]),
              x + (i + 0.5) * step,
              at.applyAsDouble(data[i])));
    }
    graphics.setColor(FIT);
    graphics.setStroke(new BasicStroke(2));
    double[] fit = new double[PROFILE_WIDTH + 1];
    for (int i = 0; i <= PROFILE_WIDTH; i++) {
      double distance = (i / step - centre) / sigma;
      fit[i] = gaussian.amplitude() * Math.exp(-distance * distance / 2);
    }
    for (int i = 1; i <= PROFILE_WIDTH; i++) {
      graphics.draw(
          new Line2D.Double(
              x + i - 1, at.applyAsDouble(fit[i - 1]), x + i, at.applyAsDouble(fit[i])));
    }
    graphics.setClip(everywhere);
    String ends = String.format(Locale.ROOT, "%d px", length);
    sheet.write(ends, Font.PLAIN, 11, Sheet.PENCIL, x + PROFILE_WIDTH - 42, y + 16);
  }
}
