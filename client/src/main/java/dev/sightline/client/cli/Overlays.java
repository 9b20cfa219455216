package dev.sightline.client.cli;

import dev.sightline.client.Explanation;
import dev.sightline.client.Heatmap;
import dev.sightline.client.Photos;
import dev.sightline.client.Refinement;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/** Writes the maps of explanations as PNG files, drawn over their images. */
final class Overlays {
  private final Path folder;
  private final boolean inOriginalSize;
  private final MapNames mapNames;

  /**
   * Writes into a folder, which is made if it is missing.
   *
   * @param inOriginalSize whether pictures have the size of the image, rather than of the map
   * @param mapNames what the maps of an explanation are called
   */
  Overlays(Path folder, boolean inOriginalSize, MapNames mapNames) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.inOriginalSize = inOriginalSize;
    this.mapNames = mapNames;
  }

  /**
   * Writes one file a map, and beside a refined map its mask and, if it has them, its steps.
   *
   * @param name what the files' names begin with
   * @param ofTensor whether there is no image to draw over
   * @return the files of the maps
   */
  List<Path> write(String name, boolean ofTensor, Explanation explanation) throws IOException {
    List<Heatmap> heatmaps = explanation.heatmaps();
    List<String> names = mapNames.files(heatmaps);
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < heatmaps.size(); i++) {
      String stem = name + "-" + names.get(i);
      Path file = folder.resolve(stem + ".png");
      write(picture(heatmaps.get(i), ofTensor), file);
      files.add(file);
      if (heatmaps.get(i).refinement().isPresent()) {
        write(heatmaps.get(i).refinement().get(), stem);
      }
    }
    return files;
  }

  private void write(Refinement refinement, String stem) throws IOException {
    write(StepSheet.grey(refinement.mask()), folder.resolve(stem + "-mask.png"));
    List<Refinement.Step> steps = refinement.steps();
    if (!steps.isEmpty()) {
      write(StepSheet.draw(stem, refinement.outcome(), steps), folder.resolve(stem + "-steps.png"));
    }
  }

  /** Writes all maps side by side into one file. */
  Path writeSheet(Item item, Explanation explanation) throws IOException {
    Photo photo =
        item.isTensor()
            ? Photos.photo(grey(explanation.imageWidth(), explanation.imageHeight()))
            : PhotoCodec.read(Files.readAllBytes(item.file()));
    Path file = folder.resolve(item.ownName() + "-sheet.png");
    write(MapSheet.draw(item.shortTitle(), photo, explanation), file);
    return file;
  }

  /** Writes a picture as PNG. */
  static void write(BufferedImage picture, Path file) throws IOException {
    if (!ImageIO.write(picture, "png", file.toFile())) {
      throw new IOException(file + " cannot be written");
    }
  }

  private BufferedImage picture(Heatmap heatmap, boolean ofTensor) {
    if (heatmap.encoding().isOverlay()) {
      return heatmap.overlay();
    }
    if (ofTensor) {
      return heatmap.overlay(grey(heatmap.width(), heatmap.height()));
    }
    return inOriginalSize ? heatmap.overlay() : heatmap.overlay(heatmap.width(), heatmap.height());
  }

  private static BufferedImage grey(int width, int height) {
    BufferedImage grey = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = grey.createGraphics();
    graphics.setColor(Color.LIGHT_GRAY);
    graphics.fillRect(0, 0, width, height);
    graphics.dispose();
    return grey;
  }
}
