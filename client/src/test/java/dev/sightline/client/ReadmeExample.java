package dev.sightline.client;

import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** The example of the README: the lines between the marks, with the indentation taken away. */
final class ReadmeExample {
  private ReadmeExample() {}

  static void run(String address, Path photo, Path out) throws IOException {
    // README begins
    try (SightlineClient client = SightlineClient.connect(address)) {
      Options options =
          Options.builder().methods(Method.GRAD_CAM, Method.EXTENDED_CAM).mostProbable(2).build();
      Explanation explanation = client.explain(photo, options);
      System.out.println(explanation.top());
      for (Heatmap map : explanation.heatmaps()) {
        String name = map.method().shortName() + " of " + map.label() + ".png";
        ImageIO.write(map.overlay(), "png", out.resolve(name).toFile());
      }
    }
    // README ends
  }
}
