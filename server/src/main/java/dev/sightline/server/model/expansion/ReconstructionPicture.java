package dev.sightline.server.model.expansion;

import dev.sightline.heatmap.Photo;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import dev.sightline.server.model.Sheet;
import java.awt.Font;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;

/** Photographs that were held out, above what a decoder rebuilds of their features. */
public final class ReconstructionPicture {
  private static final int SIDE = 168;
  private static final int GAP = 8;
  private static final int CAPTION = 24;

  private ReconstructionPicture() {}

  /**
   * Draws them, from left to right.
   *
   * @param preprocessing by which pixels became the network's input
   * @param title a line about what was trained
   * @param subtitle a line about the result
   */
  public static BufferedImage draw(
      Samples samples, Preprocessing preprocessing, String title, String subtitle) {
    InputShape shape = samples.shape();
    int longest = Math.max(shape.height(), shape.width());
    int width = Math.max(1, SIDE * shape.width() / longest);
    int height = Math.max(1, SIDE * shape.height() / longest);
    Sheet sheet =
        new Sheet(
            Math.max(480, 2 * Sheet.MARGIN + samples.count() * (width + GAP) - GAP),
            2 * Sheet.MARGIN + Sheet.HEADER + 2 * height + GAP + CAPTION,
            title,
            subtitle);
    sheet
        .graphics()
        .setRenderingHint(
            RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    int top = Sheet.MARGIN + Sheet.HEADER;
    for (int i = 0; i < samples.count(); i++) {
      int x = Sheet.MARGIN + i * (width + GAP);
      BufferedImage original = picture(samples.originals(), i, shape, preprocessing);
      BufferedImage rebuilt = picture(samples.rebuilt(), i, shape, preprocessing);
      sheet.graphics().drawImage(original, x, top, width, height, null);
      sheet.graphics().drawImage(rebuilt, x, top + height + GAP, width, height, null);
    }
    sheet.write(
        "held-out photographs, as the network takes them; below as they are rebuilt",
        Font.PLAIN,
        12,
        Sheet.PENCIL,
        Sheet.MARGIN,
        top + 2 * height + GAP + 17);
    return sheet.finished();
  }

  /** The pixels that a network's input stands for. */
  private static BufferedImage picture(
      float[] values, int image, InputShape shape, Preprocessing preprocessing) {
    Photo photo = preprocessing.photo(values, image * shape.size(), shape);
    BufferedImage picture =
        new BufferedImage(photo.width(), photo.height(), BufferedImage.TYPE_3BYTE_BGR);
    byte[] pixels = ((DataBufferByte) picture.getRaster().getDataBuffer()).getData();
    System.arraycopy(photo.bgr(), 0, pixels, 0, pixels.length);
    return picture;
  }
}
