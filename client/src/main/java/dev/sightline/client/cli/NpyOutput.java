package dev.sightline.client.cli;

import dev.sightline.client.Encoding;
import dev.sightline.client.Explanation;
import dev.sightline.client.Heatmap;
import dev.sightline.client.Options;
import dev.sightline.client.Unexplained;
import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.Plane;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * NumPy arrays, for each input file and each of its maps: the grids N×h×w with their raw values,
 * with a size also the planes N×H×W, both float32; and the classes that were explained, N×classes,
 * int64. An image counts as N = 1. The rows of an item without explanation are NaN, its classes -1,
 * so that rows stay those of the input.
 */
final class NpyOutput implements Output {
  private final Path folder;
  private final boolean withPlanes;
  private final MapNames mapNames;
  private final PrintWriter out;
  private final List<Array> open = new ArrayList<>();
  private int missing;

  NpyOutput(Path folder, boolean withPlanes, MapNames mapNames, PrintWriter out)
      throws IOException {
    this.folder = Files.createDirectories(folder);
    this.withPlanes = withPlanes;
    this.mapNames = mapNames;
    this.out = out;
  }

  @Override
  public void prepare(Options.Builder options) {
    options.encoding(Encoding.GRID_FLOAT32);
  }

  @Override
  public void explained(Item item, Explanation explanation) throws IOException {
    List<Heatmap> heatmaps = explanation.heatmaps();
    List<String> names = mapNames.files(heatmaps);
    boolean first = open.isEmpty();
    int next = 0;
    for (int i = 0; i < heatmaps.size(); i++) {
      Heatmap heatmap = heatmaps.get(i);
      String name = item.name() + "-" + names.get(i);
      if (heatmap.encoding().isGrid()) {
        Grid grid = heatmap.grid();
        if (first) {
          start(item, name + "-grid.npy", grid.height(), grid.width());
        }
        open.get(next++).write(grid.values());
      }
      if (withPlanes || !heatmap.encoding().isGrid()) {
        Plane plane = heatmap.pixels();
        if (first) {
          start(item, name + "-plane.npy", plane.height(), plane.width());
        }
        open.get(next++).write(plane.values());
      }
    }
    int perClass = mapNames.perClass(heatmaps);
    long[] classes =
        IntStream.range(0, heatmaps.size() / perClass)
            .mapToLong(i -> heatmaps.get(i * perClass).classIndex())
            .toArray();
    if (first) {
      Path file = folder.resolve(item.name() + "-classes.npy");
      Array array =
          new Array(
              file, NpyWriter.longs(file, item.count(), classes.length), classes.length, true);
      open.add(array);
      for (int i = 0; i < missing; i++) {
        array.skip();
      }
    }
    open.get(next).write(classes);
    finish(item);
  }

  @Override
  public void unexplained(Item item, Unexplained why) throws IOException {
    missing++;
    for (Array array : open) {
      array.skip();
    }
    finish(item);
  }

  @Override
  public void close() throws IOException {
    for (Array array : open) {
      array.writer.close();
    }
    open.clear();
    missing = 0;
  }

  private void start(Item item, String name, int height, int width) throws IOException {
    Path file = folder.resolve(name);
    Array array =
        new Array(file, NpyWriter.floats(file, item.count(), height, width), height * width, false);
    open.add(array);
    for (int i = 0; i < missing; i++) {
      array.skip();
    }
  }

  private void finish(Item item) throws IOException {
    if (item.index() + 1 == item.count()) {
      open.forEach(array -> out.println(array.file));
      out.flush();
      close();
    }
  }

  private record Array(Path file, NpyWriter writer, int perItem, boolean ofClasses) {
    void write(float[] item) throws IOException {
      writer.write(item);
    }

    void write(long[] item) throws IOException {
      writer.write(item);
    }

    void skip() throws IOException {
      if (ofClasses) {
        long[] none = new long[perItem];
        Arrays.fill(none, -1);
        writer.write(none);
      } else {
        float[] none = new float[perItem];
        Arrays.fill(none, Float.NaN);
        writer.write(none);
      }
    }
  }
}
