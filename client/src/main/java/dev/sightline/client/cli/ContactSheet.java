package dev.sightline.client.cli;

import dev.sightline.heatmap.ColorMap;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/**
 * One picture of many frames: each photograph beside its maps, the class and its probability below.
 * Drawn larger than its layout, so that it stays sharp on dense screens.
 */
final class ContactSheet {
  /** A frame on the sheet; all pictures of a sheet have the shape of its first photograph. */
  record Shot(int number, BufferedImage photo, List<Map> maps, String label, double probability) {}

  /** A map drawn over its frame, and what it is called there; empty for nothing. */
  record Map(String title, BufferedImage overlay) {}

  private static final double SCALE = 1.5;
  private static final int MARGIN = 28;
  private static final int GAP = 22;
  private static final int HEADER = 62;
  private static final int CAPTION = 40;
  private static final int SEAM = 2;
  private static final int PICTURE_WIDTH = 168;

  private static final Color PAPER = new Color(0x14161b);
  private static final Color INK = new Color(0xf4f5f7);
  private static final Color PENCIL = new Color(0x9aa0ab);
  private static final Color TRACK = new Color(0x2b2f38);
  private static final Color ACCENT = new Color(0xffb454);

  private final String title;
  private final String subtitle;
  private final List<Shot> shots;
  private final int pictureHeight;
  private final int tileWidth;
  private final int columns;
  private final boolean legible = hasFonts();

  private ContactSheet(String title, String subtitle, List<Shot> shots) {
    this.title = title;
    this.subtitle = subtitle;
    this.shots = shots;
    BufferedImage first = shots.get(0).photo();
    this.pictureHeight =
        Math.max(40, Math.min(320, PICTURE_WIDTH * first.getHeight() / first.getWidth()));
    int pictures = 1 + shots.get(0).maps().size();
    this.tileWidth = pictures * PICTURE_WIDTH + (pictures - 1) * SEAM;
    this.columns = Math.min(shots.size(), pictures <= 2 ? 3 : 2);
  }

  /** Draws a sheet of at least one shot. */
  static BufferedImage draw(String title, String subtitle, List<Shot> shots) {
    return new ContactSheet(title, subtitle, shots).draw();
  }

  private BufferedImage draw() {
    int rows = (shots.size() + columns - 1) / columns;
    int width = 2 * MARGIN + columns * tileWidth + (columns - 1) * GAP;
    int height = MARGIN + HEADER + rows * (pictureHeight + CAPTION + GAP) - GAP + MARGIN;
    BufferedImage sheet =
        new BufferedImage(
            (int) Math.round(SCALE * width),
            (int) Math.round(SCALE * height),
            BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = sheet.createGraphics();
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
    header(graphics, width);
    for (int i = 0; i < shots.size(); i++) {
      int x = MARGIN + i % columns * (tileWidth + GAP);
      int y = MARGIN + HEADER + i / columns * (pictureHeight + CAPTION + GAP);
      tile(graphics, shots.get(i), x, y);
    }
    graphics.dispose();
    return sheet;
  }

  private void header(Graphics2D graphics, int width) {
    int legend = 150;
    int right = width - MARGIN;
    graphics.setColor(INK);
    graphics.setFont(font(Font.BOLD, 24));
    write(graphics, title, MARGIN, MARGIN + 20);
    graphics.setColor(PENCIL);
    graphics.setFont(font(Font.PLAIN, 13));
    int room = width - 2 * MARGIN - (columns > 1 ? legend + GAP : 0);
    write(graphics, fitted(graphics, subtitle, room), MARGIN, MARGIN + 42);
    if (columns == 1) {
      return;
    }
    for (int i = 0; i < legend; i++) {
      graphics.setColor(new Color(ColorMap.rgb((float) i / (legend - 1))));
      graphics.fillRect(right - legend + i, MARGIN + 10, Math.min(2, legend - i), 10);
    }
    graphics.setColor(PENCIL);
    graphics.setFont(font(Font.PLAIN, 11));
    write(graphics, "least evidence", right - legend, MARGIN + 35);
    String most = "most";
    write(graphics, most, right - width(graphics, most), MARGIN + 35);
  }

  private void tile(Graphics2D graphics, Shot shot, int x, int y) {
    Shape everywhere = graphics.getClip();
    graphics.clip(new RoundRectangle2D.Double(x, y, tileWidth, pictureHeight, 10, 10));
    graphics.drawImage(shot.photo(), x, y, PICTURE_WIDTH, pictureHeight, null);
    int at = x;
    for (Map map : shot.maps()) {
      at += PICTURE_WIDTH + SEAM;
      graphics.drawImage(map.overlay(), at, y, PICTURE_WIDTH, pictureHeight, null);
      if (!map.title().isEmpty()) {
        tag(graphics, map.title(), at + 6, y + 6);
      }
    }
    tag(graphics, "frame " + shot.number(), x + 6, y + pictureHeight - 23);
    graphics.setClip(everywhere);
    caption(graphics, shot, x, y + pictureHeight);
  }

  private void tag(Graphics2D graphics, String text, int x, int y) {
    graphics.setFont(font(Font.PLAIN, 10));
    int width = width(graphics, text) + 12;
    graphics.setColor(new Color(0, 0, 0, 150));
    graphics.fill(new RoundRectangle2D.Double(x, y, width, 17, 8, 8));
    graphics.setColor(INK);
    write(graphics, text, x + 6, y + 12);
  }

  private void caption(Graphics2D graphics, Shot shot, int x, int y) {
    String percent = String.format(Locale.ROOT, "%.0f %%", 100 * shot.probability());
    graphics.setFont(font(Font.BOLD, 16));
    int percentWidth = width(graphics, percent);
    graphics.setColor(ACCENT);
    write(graphics, percent, x + tileWidth - percentWidth, y + 24);
    graphics.setColor(INK);
    write(graphics, fitted(graphics, shot.label(), tileWidth - percentWidth - GAP), x, y + 24);
    graphics.setColor(TRACK);
    graphics.fill(new RoundRectangle2D.Double(x, y + 33, tileWidth, 4, 4, 4));
    double filled = tileWidth * Math.max(0, Math.min(1, shot.probability()));
    graphics.setColor(ACCENT);
    graphics.fill(new RoundRectangle2D.Double(x, y + 33, filled, 4, 4, 4));
  }

  /** The text, shortened to fit. */
  private String fitted(Graphics2D graphics, String text, int width) {
    String fitted = text;
    while (fitted.length() > 1 && width(graphics, fitted) > width) {
      fitted = Lines.shortened(fitted, fitted.length() - 1);
    }
    return fitted;
  }

  private void write(Graphics2D graphics, String text, int x, int y) {
    if (legible) {
      graphics.drawString(text, x, y);
    }
  }

  private int width(Graphics2D graphics, String text) {
    return legible ? graphics.getFontMetrics().stringWidth(text) : 0;
  }

  /**
   * A Java without fontconfig or any font fails only when text is measured; pictures still draw.
   */
  private static boolean hasFonts() {
    Graphics2D graphics = new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR).createGraphics();
    try {
      return graphics.getFontMetrics(font(Font.PLAIN, 12)).stringWidth("x") > 0;
    } catch (RuntimeException | Error e) {
      return false;
    } finally {
      graphics.dispose();
    }
  }

  private static Font font(int style, int size) {
    return new Font(Font.SANS_SERIF, style, size);
  }
}
