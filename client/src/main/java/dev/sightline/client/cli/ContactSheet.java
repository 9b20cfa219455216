package dev.sightline.client.cli;

import dev.sightline.client.cli.SheetPaper.Lettering;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/** One picture of many frames: each photograph beside its maps, the class and its probability. */
final class ContactSheet {
  /** A frame on the sheet; all pictures of a sheet have the shape of its first photograph. */
  record Shot(int number, BufferedImage photo, List<Map> maps, String label, double probability) {}

  /** A map drawn over its frame, and what it is called there; empty for nothing. */
  record Map(String title, BufferedImage overlay) {}

  private static final int MARGIN = 28;
  private static final int GAP = 22;
  private static final int HEADER = 62;
  private static final int CAPTION = 40;
  private static final int SEAM = 2;
  private static final int PICTURE_WIDTH = 168;
  private static final int LEGEND = 150;

  private final String title;
  private final String subtitle;
  private final List<Shot> shots;
  private final int pictureHeight;
  private final int tileWidth;
  private final int columns;

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
    SheetPaper paper = new SheetPaper(width, height);
    header(paper, width);
    for (int i = 0; i < shots.size(); i++) {
      int x = MARGIN + i % columns * (tileWidth + GAP);
      int y = MARGIN + HEADER + i / columns * (pictureHeight + CAPTION + GAP);
      tile(paper, shots.get(i), x, y);
    }
    return paper.finished();
  }

  private void header(SheetPaper paper, int width) {
    paper.write(title, Lettering.bold(24), SheetPaper.INK, MARGIN, MARGIN + 20);
    int room = width - 2 * MARGIN - (columns > 1 ? LEGEND + GAP : 0);
    Lettering type = Lettering.plain(13);
    paper.write(paper.fitted(subtitle, type, room), type, SheetPaper.PENCIL, MARGIN, MARGIN + 42);
    if (columns > 1) {
      paper.legend(width - MARGIN - LEGEND, MARGIN + 10, LEGEND);
    }
  }

  private void tile(SheetPaper paper, Shot shot, int x, int y) {
    paper.rounded(
        x,
        y,
        tileWidth,
        pictureHeight,
        () -> {
          paper.picture(shot.photo(), x, y, PICTURE_WIDTH, pictureHeight);
          int at = x;
          for (Map map : shot.maps()) {
            at += PICTURE_WIDTH + SEAM;
            paper.picture(map.overlay(), at, y, PICTURE_WIDTH, pictureHeight);
            if (!map.title().isEmpty()) {
              paper.tag(map.title(), at + 6, y + 6);
            }
          }
          paper.tag("frame " + shot.number(), x + 6, y + pictureHeight - 23);
        });
    caption(paper, shot, x, y + pictureHeight);
  }

  private void caption(SheetPaper paper, Shot shot, int x, int y) {
    String percent = String.format(Locale.ROOT, "%.0f %%", 100 * shot.probability());
    Lettering type = Lettering.bold(16);
    paper.writeEnding(percent, type, SheetPaper.ACCENT, x + tileWidth, y + 24);
    int room = tileWidth - paper.width(percent, type) - GAP;
    paper.write(paper.fitted(shot.label(), type, room), type, SheetPaper.INK, x, y + 24);
    paper.bar(shot.probability(), x, y + 33, tileWidth);
  }
}
