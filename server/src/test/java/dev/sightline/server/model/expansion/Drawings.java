package dev.sightline.server.model.expansion;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;

/** Pictures of a few coloured shapes before a background. */
public final class Drawings {
  private Drawings() {}

  /** Draws some into a folder, the same for the same numbers. */
  public static Path fill(Path folder, int count) throws IOException {
    Files.createDirectories(folder);
    for (int i = 0; i < count; i++) {
      ImageIO.write(draw(i), "png", folder.resolve("drawing%02d.png".formatted(i)).toFile());
    }
    return folder;
  }

  private static BufferedImage draw(int seed) {
    Random random = new Random(seed);
    BufferedImage picture = new BufferedImage(60, 54, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = picture.createGraphics();
    graphics.setPaint(new GradientPaint(0, 0, colour(random), 60, 54, colour(random)));
    graphics.fillRect(0, 0, 60, 54);
    for (int shape = 0; shape < 4; shape++) {
      graphics.setColor(colour(random));
      int x = random.nextInt(40);
      int y = random.nextInt(36);
      int width = 8 + random.nextInt(24);
      int height = 8 + random.nextInt(24);
      if (random.nextBoolean()) {
        graphics.fillOval(x, y, width, height);
      } else {
        graphics.fillRect(x, y, width, height);
      }
    }
    graphics.dispose();
    return picture;
  }

  private static Color colour(Random random) {
    return new Color(random.nextInt(0x1000000));
  }
}
