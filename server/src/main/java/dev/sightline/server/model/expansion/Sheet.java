package dev.sightline.server.model.expansion;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/** Dark paper to draw a result on. Not thread-safe. */
final class Sheet {
  static final Color PAPER = new Color(0x14161b);
  static final Color INK = new Color(0xf4f5f7);
  static final Color PENCIL = new Color(0x9aa0ab);
  static final Color TRACK = new Color(0x2b2f38);
  static final int MARGIN = 28;
  static final int HEADER = 64;
  private static final double SCALE = 1.5;

  private final BufferedImage picture;
  private final Graphics2D graphics;
  private final boolean legible;

  /** A sheet of that size with a title and a line below it. */
  Sheet(int width, int height, String title, String subtitle) {
    picture =
        new BufferedImage(
            (int) Math.round(SCALE * width),
            (int) Math.round(SCALE * height),
            BufferedImage.TYPE_3BYTE_BGR);
    graphics = picture.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.scale(SCALE, SCALE);
    graphics.setColor(PAPER);
    graphics.fillRect(0, 0, width, height);
    legible = hasFonts();
    write(title, Font.BOLD, 20, INK, MARGIN, MARGIN + 18);
    write(subtitle, Font.PLAIN, 13, PENCIL, MARGIN, MARGIN + 40);
  }

  /** What to draw with, one unit a pixel of a screen that is not dense. */
  Graphics2D graphics() {
    return graphics;
  }

  void write(String text, int style, int size, Color color, int x, int y) {
    if (legible) {
      graphics.setFont(new Font(Font.SANS_SERIF, style, size));
      graphics.setColor(color);
      graphics.drawString(text, x, y);
    }
  }

  /** The picture, on which nothing is drawn any more. */
  BufferedImage finished() {
    graphics.dispose();
    return picture;
  }

  /**
   * A Java without fontconfig or any font fails only when text is measured; pictures still draw.
   */
  private boolean hasFonts() {
    try {
      return graphics.getFontMetrics(new Font(Font.SANS_SERIF, Font.PLAIN, 12)).stringWidth("x")
          > 0;
    } catch (RuntimeException | Error e) {
      return false;
    }
  }
}
