package dev.sightline.client.cli;

import dev.sightline.client.Heatmap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the maps of an explanation are called, in files and on pictures: by all that tells them
 * apart.
 */
final class MapNames {
  private static final int LONGEST_LAYER = 80;

  private final List<String> classes;

  /** Maps of classes of those names, which are called so in files if there are several. */
  MapNames(List<String> classes) {
    this.classes = List.copyOf(classes);
  }

  /** How many maps each class has. */
  int perClass(List<Heatmap> heatmaps) {
    if (heatmaps.isEmpty() || heatmaps.size() % classes.size() != 0) {
      throw new CommandFailure(
          "the server gave %d maps of %d classes".formatted(heatmaps.size(), classes.size()));
    }
    return heatmaps.size() / classes.size();
  }

  /** Names for files, in the order of the maps, such as "grad-cam@conv_5-filter17-top1". */
  List<String> files(List<Heatmap> heatmaps) {
    int perClass = perClass(heatmaps);
    boolean manyLayers = layers(heatmaps) > 1;
    Set<String> taken = new HashSet<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < heatmaps.size(); i++) {
      Heatmap map = heatmaps.get(i);
      String name =
          map.method().shortName()
              + (map.fusedLayers().isEmpty() ? "" : "@fused")
              + (manyLayers && !map.layer().isEmpty() ? "@" + plain(map.layer()) : "")
              + (map.filter().isPresent() ? "-filter" + map.filter().getAsInt() : "")
              + (classes.size() == 1 ? "" : "-" + classes.get(i / perClass));
      String unique = name;
      for (int n = 2; !taken.add(unique); n++) {
        unique = name + "-" + n;
      }
      names.add(unique);
    }
    return names;
  }

  /** Titles on pictures: methods if there are several, and {@link #details}. */
  static List<String> titles(List<Heatmap> heatmaps) {
    boolean manyMethods = heatmaps.stream().map(Heatmap::method).distinct().count() > 1;
    List<String> details = details(heatmaps);
    List<String> titles = new ArrayList<>();
    for (int i = 0; i < heatmaps.size(); i++) {
      String method = manyMethods ? heatmaps.get(i).method().title() : "";
      titles.add(joined(List.of(method, details.get(i))));
    }
    return titles;
  }

  /** Layers, filters and classes, of which only what differs; empty where nothing does. */
  static List<String> details(List<Heatmap> heatmaps) {
    boolean manyLayers = layers(heatmaps) > 1;
    boolean manyClasses = heatmaps.stream().map(Heatmap::classIndex).distinct().count() > 1;
    return heatmaps.stream()
        .map(
            map ->
                joined(
                    List.of(
                        manyLayers ? map.layer() : "",
                        map.filter().isPresent() ? "filter " + map.filter().getAsInt() : "",
                        map.fusedLayers().isEmpty()
                            ? ""
                            : map.fusedLayers().size() + " layers fused",
                        manyClasses ? label(map) : "")))
        .toList();
  }

  private static String joined(List<String> parts) {
    return parts.stream().filter(part -> !part.isEmpty()).collect(Collectors.joining("  ·  "));
  }

  /** The first of the synonyms of a map's class. */
  static String label(Heatmap heatmap) {
    return heatmap.label().split(",", 2)[0];
  }

  private static long layers(List<Heatmap> heatmaps) {
    return heatmaps.stream()
        .map(Heatmap::layer)
        .filter(layer -> !layer.isEmpty())
        .distinct()
        .count();
  }

  /** A tensor's name as part of a file's name. */
  private static String plain(String layer) {
    String plain = layer.replaceAll("[^\\p{Alnum}._-]+", "_").replaceAll("^_+|_+$", "");
    return plain.substring(Math.max(0, plain.length() - LONGEST_LAYER));
  }
}
