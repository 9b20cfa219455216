package dev.sightline.server.graph;

import java.util.Locale;
import java.util.Set;

/**
 * What was measured of a network: a row of ZOO.md's table.
 *
 * @param size of the square images
 * @param logits relative L2 distance to float64, as all numbers here but the last two
 * @param decided to the input of the frame whose decisions are firm
 * @param ordinary to the input of the other
 * @param sensitivity how far the other's float64 gradient moves with a millionth of the image
 * @param otherwise decisions of the other frame that PyTorch takes otherwise in float32
 * @param outsideTensorRt operators of the graph cut at the layer that TensorRT's parser lacks
 */
record ZooRow(
    String network,
    String size,
    Layer layer,
    double logits,
    double torchLogits,
    double toLayer,
    double decided,
    double torchDecided,
    double ordinary,
    double torchOrdinary,
    double sensitivity,
    long otherwise,
    Set<String> outsideTensorRt) {

  /** The row, with figures to the input above the bound in bold. */
  String markdown(double bound) {
    return String.format(
        Locale.ROOT,
        "| %s | %s | `%s` %d×%d×%d | %.1e (%.1e) | %.1e | %s (%s) | %s (%s) | %s, %d | %s |%n",
        network,
        size,
        layer.name(),
        layer.channels(),
        layer.height(),
        layer.width(),
        logits,
        torchLogits,
        toLayer,
        marked(decided, bound),
        marked(torchDecided, bound),
        marked(ordinary, bound),
        marked(torchOrdinary, bound),
        marked(sensitivity, bound),
        otherwise,
        outsideTensorRt.isEmpty() ? "none" : String.join(", ", outsideTensorRt));
  }

  private static String marked(double figure, double bound) {
    String text = figure == 0 ? "0" : String.format(Locale.ROOT, "%.1e", figure);
    return figure > bound ? "**" + text + "**" : text;
  }
}
