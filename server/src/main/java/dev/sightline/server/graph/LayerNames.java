package dev.sightline.server.graph;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Says which layers there are to somebody who named one that there is not. */
final class LayerNames {
  private static final int SHOWN = 12;
  private static final int LONGEST = 200;

  private LayerNames() {}

  /** A sentence with the names of all layers, or of those most like the one asked for. */
  static String near(String asked, List<Layer> layers) {
    // A client may ask for anything, and the distance takes time for every letter of it.
    String start = asked.substring(0, Math.min(asked.length(), LONGEST));
    List<String> names =
        layers.stream()
            .map(Layer::name)
            .sorted(Comparator.comparingInt(name -> distance(start, name)))
            .limit(SHOWN)
            .collect(Collectors.toList());
    return layers.size() <= SHOWN
        ? "layers that can be explained: " + String.join(", ", names)
        : "of "
            + layers.size()
            + " layers that can be explained, the nearest by name: "
            + String.join(", ", names);
  }

  /** Number of letters to insert, delete or replace, whatever their case. */
  private static int distance(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT);
    String b = right.toLowerCase(Locale.ROOT);
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
