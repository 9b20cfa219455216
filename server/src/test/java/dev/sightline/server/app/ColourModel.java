package dev.sightline.server.app;

import dev.sightline.server.graph.GraphBuilder;
import dev.sightline.server.image.ChannelOrder;
import dev.sightline.server.model.Labels;
import dev.sightline.server.model.ModelCard;
import dev.sightline.server.model.ModelStore;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * A network of which everything can be computed by hand: its layer is the image itself, 8 × 8, and
 * its logits are 32 times the mean of red, 32 times the mean of green, and 0. And an image for it,
 * black but for 4 × 4 pixels, two columns of full red and two of a fifth of it.
 */
final class ColourModel {
  static final int SIDE = 8;

  private ColourModel() {}

  static void paint(Path file) throws IOException {
    paint(file, 0);
  }

  /** Pictures of different blues are different pictures, and the network does not see blue. */
  static void paint(Path file, int blue) throws IOException {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR);
    for (int row = 2; row < 6; row++) {
      for (int column = 1; column < 5; column++) {
        image.setRGB(column, row, column < 3 ? 0xff0000 : 0x330000);
      }
    }
    image.setRGB(0, 0, blue);
    ImageIO.write(image, "png", file.toFile());
  }

  /** Installs it into a store. */
  static Path install(Path store) {
    GraphBuilder graph = new GraphBuilder("colours").input("input", 3, SIDE, SIDE);
    graph.initializer("w", new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3, 1, 1);
    graph.node("Conv", List.of("input", "w"), "conv");
    graph.node("Relu", List.of("conv"), "maps");
    graph.node("GlobalAveragePool", List.of("maps"), "pooled");
    graph.node("Flatten", List.of("pooled"), "flat");
    graph.initializer("v", new float[] {32, 0, 0, 0, 32, 0, 0, 0, 0}, 3, 3);
    graph.node("Gemm", List.of("flat", "v"), "logits");
    ModelCard card =
        new ModelCard(
            "colours",
            "red, green or neither",
            new ModelCard.Input(
                ChannelOrder.RGB, new float[3], new float[] {255, 255, 255}, "stretch"),
            null,
            null,
            null,
            null,
            null);
    return new ModelStore(store)
        .install(
            card,
            new Labels(List.of("red", "green", "neither")),
            graph.output("logits", 3).build()::writeTo,
            true)
        .path();
  }
}
