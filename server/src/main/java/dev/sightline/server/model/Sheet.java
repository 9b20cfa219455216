package dev.sightline.server.model;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/**
 * Dark paper to draw what was measured or trained on, with a title; one and a half pixels a unit.
 * Not thread-safe.
 */
public final class Sheet {
  /** What it is of. */
  public static final Color PAPER = new Color(0x14161b);

  /** Of titles. */
  public static final Color INK = new Color(0xf4f5f7);

  /** Of what explains. */
  public static final Color PENCIL = new Color(0x9aa0ab);

  /** Behind curves. */
  public static final Color TRACK = new Color(0x2b2f38);

  /** Around all that is drawn. */
  public static final int MARGIN = 28;

  /** The rows of the title, below the margin. */
  public static final int HEADER = 64;

  private static final double SCALE = 1.5;

  private final BufferedImage picture;
  private final Graphics2D graphics;
  private final boolean legible;

  /**
   * A sheet with a title and a line below it.
   *
   * @param width in units, as all that is drawn is
   * @param height likewise, with both margins and the header
   */
  public Sheet(int width, int height, String title, String subtitle) {
    picture =
        new BufferedImage(
            (int) Math.round(SCALE * width),
            (int) Math.round(SCALE * height),
            BufferedImage.TYPE_3BYTE_BGR);
    graphics = picture.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.scale(SCALE, SCALE);
    graphics.setColor(PAPER);
    graphics.fillRect(0, 0, width, height);
    legible = hasFonts();
    write(title, Font.BOLD, 20, INK, MARGIN, MARGIN + 18);
    write(subtitle, Font.PLAIN, 13, PENCIL, MARGIN, MARGIN + 40);
  }

  /** What to draw with; freed by {@link #finished}. */
  public Graphics2D graphics() {
    return graphics;
  }

  /** Writes a line from a point of its base on; nothing where there are no fonts. */
  public void write(String text, int style, int size, Color color, int x, int y) {
    if (legible) {
      graphics.setFont(new Font(Font.SANS_SERIF, style, size));
      graphics.setColor(color);
      graphics.drawString(text, x, y);
    }
  }

  /** The picture, on which nothing is drawn any more. */
  public BufferedImage finished() {
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
