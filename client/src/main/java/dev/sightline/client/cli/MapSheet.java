package dev.sightline.client.cli;

import dev.sightline.client.Explanation;
import dev.sightline.client.Heatmap;
import dev.sightline.client.Photos;
import dev.sightline.client.Prediction;
import dev.sightline.client.cli.SheetPaper.Lettering;
import dev.sightline.heatmap.Photo;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One picture of all the maps of an image, side by side, each with its method and what sets it
 * apart.
 */
final class MapSheet {
  private static final int MARGIN = 28;
  private static final int GAP = 14;
  private static final int HEADER = 62;
  private static final int CAPTION = 40;
  private static final int PICTURE_WIDTH = 176;
  private static final int LEGEND = 150;
  private static final int ONE_ROW = 4;

  /** Width to height, of the whole sheet. */
  private static final double SHAPE = 1.5;

  private final String title;
  private final Explanation explanation;
  private final BufferedImage background;
  private final int pictureHeight;
  private final int columns;

  private MapSheet(String title, Photo photo, Explanation explanation) {
    this.title = title;
    this.explanation = explanation;
    this.pictureHeight =
        Math.max(
            60, Math.min(352, Math.round((float) PICTURE_WIDTH * photo.height() / photo.width())));
    this.background =
        Photos.image(
            photo.resized(
                (int) Math.round(SheetPaper.SCALE * PICTURE_WIDTH),
                (int) Math.round(SheetPaper.SCALE * pictureHeight)));
    int tiles = 1 + explanation.heatmaps().size();
    double fitting =
        Math.sqrt(tiles * SHAPE * (pictureHeight + CAPTION + GAP) / (PICTURE_WIDTH + GAP));
    this.columns = tiles <= ONE_ROW ? tiles : (int) Math.min(tiles, Math.round(fitting));
  }

  /**
   * Draws a sheet.
   *
   * @param title what it is called
   * @param photo what the maps are drawn over
   */
  static BufferedImage draw(String title, Photo photo, Explanation explanation) {
    return new MapSheet(title, photo, explanation).draw();
  }

  private BufferedImage draw() {
    List<Heatmap> heatmaps = explanation.heatmaps();
    List<String> details = MapNames.details(heatmaps);
    int rows = (heatmaps.size() + columns) / columns;
    int width = 2 * MARGIN + columns * (PICTURE_WIDTH + GAP) - GAP;
    int height = MARGIN + HEADER + rows * (pictureHeight + CAPTION + GAP) - GAP + MARGIN;
    SheetPaper paper = new SheetPaper(width, height);
    header(paper, width);
    Prediction top = explanation.top();
    tile(
        paper,
        0,
        background,
        top.label().split(",", 2)[0],
        String.format(Locale.ROOT, "most probable, %.0f %%", 100 * top.probability()));
    for (int i = 0; i < heatmaps.size(); i++) {
      Heatmap map = heatmaps.get(i);
      BufferedImage overlay = map.encoding().isOverlay() ? map.overlay() : map.overlay(background);
      String more = details.get(i).isEmpty() ? map.method().source() : details.get(i);
      tile(paper, i + 1, overlay, map.method().title(), more);
    }
    return paper.finished();
  }

  private void header(SheetPaper paper, int width) {
    Lettering large = Lettering.bold(24);
    boolean legend = columns > 2;
    int room = width - 2 * MARGIN - (legend ? LEGEND + GAP : 0);
    paper.write(paper.fitted(title, large, room), large, SheetPaper.INK, MARGIN, MARGIN + 20);
    Lettering small = Lettering.plain(13);
    paper.write(
        paper.fitted(subtitle(), small, room), small, SheetPaper.PENCIL, MARGIN, MARGIN + 42);
    if (legend) {
      paper.legend(width - MARGIN - LEGEND, MARGIN + 10, LEGEND);
    }
  }

  private String subtitle() {
    String classes =
        explanation.heatmaps().stream()
            .map(MapNames::label)
            .distinct()
            .collect(Collectors.joining(", "));
    List<String> layers =
        explanation.heatmaps().stream()
            .map(Heatmap::layer)
            .filter(layer -> !layer.isEmpty())
            .distinct()
            .toList();
    int frames = explanation.timing().frames();
    return explanation.model()
        + "  ·  evidence for "
        + classes
        + (layers.size() == 1 ? "  ·  " + layers.get(0) : "")
        + (frames > 1 ? String.format(Locale.ROOT, "  ·  %,d frames computed", frames) : "");
  }

  private void tile(SheetPaper paper, int place, BufferedImage picture, String name, String more) {
    int x = MARGIN + place % columns * (PICTURE_WIDTH + GAP);
    int y = MARGIN + HEADER + place / columns * (pictureHeight + CAPTION + GAP);
    paper.rounded(
        x,
        y,
        PICTURE_WIDTH,
        pictureHeight,
        () -> paper.picture(picture, x, y, PICTURE_WIDTH, pictureHeight));
    Lettering bold = Lettering.bold(12);
    Lettering plain = Lettering.plain(10);
    int below = y + pictureHeight;
    paper.write(paper.fitted(name, bold, PICTURE_WIDTH), bold, SheetPaper.INK, x, below + 18);
    paper.write(paper.fitted(more, plain, PICTURE_WIDTH), plain, SheetPaper.PENCIL, x, below + 33);
  }
}
