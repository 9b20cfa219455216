package dev.sightline.client.cli;

import dev.sightline.heatmap.ColorMap;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;

/**
 * What sheets of pictures are drawn on. Larger than its layout, so that it stays sharp on dense
 * screens; all sizes are the layout's. Where Java has no fonts, pictures are drawn without text.
 */
final class SheetPaper {
  static final Color INK = new Color(0xf4f5f7);
  static final Color PENCIL = new Color(0x9aa0ab);
  static final Color TRACK = new Color(0x2b2f38);
  static final Color ACCENT = new Color(0xffb454);

  /** How many pixels a unit of the layout has. */
  static final double SCALE = 1.5;

  private static final Color PAPER = new Color(0x14161b);
  private static final int ROUNDING = 10;

  private final BufferedImage sheet;
  private final Graphics2D graphics;
  private final boolean legible = hasFonts();

  SheetPaper(int width, int height) {
    sheet =
        new BufferedImage(
            (int) Math.round(SCALE * width),
            (int) Math.round(SCALE * height),
            BufferedImage.TYPE_3BYTE_BGR);
    graphics = sheet.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.scale(SCALE, SCALE);
    graphics.setColor(PAPER);
    graphics.fillRect(0, 0, width, height);
  }

  /** The sheet; nothing is drawn on it afterwards. */
  BufferedImage finished() {
    graphics.dispose();
    return sheet;
  }

  void write(String text, Lettering type, Color colour, int x, int y) {
    if (legible) {
      graphics.setFont(type.font());
      graphics.setColor(colour);
      graphics.drawString(text, x, y);
    }
  }

  /** As {@link #write}, ending at x. */
  void writeEnding(String text, Lettering type, Color colour, int x, int y) {
    write(text, type, colour, x - width(text, type), y);
  }

  int width(String text, Lettering type) {
    return legible ? graphics.getFontMetrics(type.font()).stringWidth(text) : 0;
  }

  /** The text, shortened to fit. */
  String fitted(String text, Lettering type, int width) {
    String fitted = text;
    while (fitted.length() > 1 && width(fitted, type) > width) {
      fitted = Lines.shortened(fitted, fitted.length() - 1);
    }
    return fitted;
  }

  /** Draws within a rectangle with rounded corners. */
  void rounded(int x, int y, int width, int height, Runnable drawing) {
    Shape everywhere = graphics.getClip();
    graphics.clip(new RoundRectangle2D.Double(x, y, width, height, ROUNDING, ROUNDING));
    drawing.run();
    graphics.setClip(everywhere);
  }

  void picture(BufferedImage picture, int x, int y, int width, int height) {
    graphics.drawImage(picture, x, y, width, height, null);
  }

  /** A word on a picture. */
  void tag(String text, int x, int y) {
    Lettering type = Lettering.plain(10);
    int width = width(text, type) + 12;
    graphics.setColor(new Color(0, 0, 0, 150));
    graphics.fill(new RoundRectangle2D.Double(x, y, width, 17, 8, 8));
    write(text, type, INK, x + 6, y + 12);
  }

  /** A bar of which a share is filled. */
  void bar(double share, int x, int y, int width) {
    graphics.setColor(TRACK);
    graphics.fill(new RoundRectangle2D.Double(x, y, width, 4, 4, 4));
    graphics.setColor(ACCENT);
    graphics.fill(
        new RoundRectangle2D.Double(x, y, width * Math.max(0, Math.min(1, share)), 4, 4, 4));
  }

  /** What the colours of maps mean. */
  void legend(int x, int y, int width) {
    for (int i = 0; i < width; i++) {
      graphics.setColor(new Color(ColorMap.rgb((float) i / (width - 1))));
      graphics.fillRect(x + i, y, Math.min(2, width - i), 10);
    }
    write("least evidence", Lettering.plain(11), PENCIL, x, y + 25);
    writeEnding("most", Lettering.plain(11), PENCIL, x + width, y + 25);
  }

  /** How text is set. */
  record Lettering(int style, int size) {
    static Lettering plain(int size) {
      return new Lettering(Font.PLAIN, size);
    }

    static Lettering bold(int size) {
      return new Lettering(Font.BOLD, size);
    }

    private Font font() {
      return new Font(Font.SANS_SERIF, style, size);
    }
  }

  /**
   * A Java without fontconfig or any font fails only when text is measured; pictures still draw.
   */
  private static boolean hasFonts() {
    Graphics2D graphics = new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR).createGraphics();
    try {
      return graphics.getFontMetrics(Lettering.plain(12).font()).stringWidth("x") > 0;
    } catch (RuntimeException | Error e) {
      return false;
    } finally {
      graphics.dispose();
    }
  }
}
