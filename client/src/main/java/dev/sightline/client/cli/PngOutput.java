package dev.sightline.client.cli;

import dev.sightline.client.Explanation;
import dev.sightline.client.Heatmap;
import dev.sightline.client.Options;
import dev.sightline.client.Unexplained;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Overlays and sheets of them as PNG files, and a table of predictions. */
final class PngOutput implements Output {
  private final Overlays overlays;
  private final boolean sheet;
  private final boolean sizeGiven;
  private final PrintWriter out;

  PngOutput(Path folder, @Nullable Size size, boolean sheet, MapNames mapNames, PrintWriter out)
      throws IOException {
    this.sheet = sheet;
    this.overlays = new Overlays(folder, size == null || size instanceof Size.Original, mapNames);
    this.sizeGiven = size != null;
    this.out = out;
  }

  @Override
  public void prepare(Options.Builder options) {
    if (!sizeGiven) {
      options.sizeOfOriginal();
    }
  }

  @Override
  public void explained(Item item, Explanation explanation) throws IOException {
    List<Path> files = overlays.write(item.ownName(), item.isTensor(), explanation);
    out.println(item.title());
    explanation.predictions().forEach(prediction -> out.println("  " + Lines.line(prediction)));
    for (int i = 0; i < files.size(); i++) {
      Heatmap heatmap = explanation.heatmaps().get(i);
      out.println("  " + files.get(i) + Lines.findings(heatmap) + Lines.warning(heatmap));
    }
    if (sheet) {
      out.println("  " + overlays.writeSheet(item, explanation));
    }
    out.flush();
  }

  @Override
  public void unexplained(Item item, Unexplained why) {}

  @Override
  public void close() {}
}
