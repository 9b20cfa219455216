package dev.sightline.client.cli;

import dev.sightline.client.Refinement;
import dev.sightline.client.cli.SheetPaper.Lettering;
import dev.sightline.heatmap.Plane;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/** One picture of all the steps by which a map was refined. */
final class StepSheet {
  private static final int MARGIN = 28;
  private static final int GAP = 14;
  private static final int HEADER = 62;
  private static final int CAPTION = 30;
  private static final int SIDE = 176;
  private static final int COLUMNS = 5;

  private StepSheet() {}

  /** Draws a sheet of at least one step. */
  static BufferedImage draw(String title, Refinement.Outcome outcome, List<Refinement.Step> steps) {
    Plane first = steps.get(0).plane();
    int pictureHeight = Math.max(1, SIDE * first.height() / first.width());
    int columns = Math.min(COLUMNS, steps.size());
    int rows = (steps.size() + columns - 1) / columns;
    int width = 2 * MARGIN + columns * (SIDE + GAP) - GAP;
    int height = MARGIN + HEADER + rows * (pictureHeight + CAPTION + GAP) - GAP + MARGIN;
    SheetPaper paper = new SheetPaper(width, height);
    Lettering large = Lettering.bold(24);
    paper.write(
        paper.fitted(title, large, width - 2 * MARGIN), large, SheetPaper.INK, MARGIN, MARGIN + 20);
    paper.write(
        "the regions have " + outcome.name().toLowerCase(Locale.ROOT),
        Lettering.plain(13),
        SheetPaper.PENCIL,
        MARGIN,
        MARGIN + 42);
    for (int i = 0; i < steps.size(); i++) {
      int x = MARGIN + i % columns * (SIDE + GAP);
      int y = MARGIN + HEADER + i / columns * (pictureHeight + CAPTION + GAP);
      BufferedImage picture = grey(steps.get(i).plane());
      paper.rounded(
          x, y, SIDE, pictureHeight, () -> paper.picture(picture, x, y, SIDE, pictureHeight));
      String caption = (i + 1) + "  " + steps.get(i).name();
      paper.write(caption, Lettering.plain(12), SheetPaper.INK, x, y + pictureHeight + 20);
    }
    return paper.finished();
  }

  /** A plane in [0, 1] as a grey picture. */
  static BufferedImage grey(Plane plane) {
    BufferedImage picture =
        new BufferedImage(plane.width(), plane.height(), BufferedImage.TYPE_BYTE_GRAY);
    int[] levels = new int[plane.values().length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = Math.round(255 * plane.values()[i]);
    }
    picture.getRaster().setSamples(0, 0, plane.width(), plane.height(), 0, levels);
    return picture;
  }
}
