package dev.sightline.client;

import java.util.List;

/**
 * What a model sees in an image, and where.
 *
 * @param model the name of the model
 * @param imageWidth the width of the image in pixels
 * @param imageHeight the height of the image in pixels
 * @param region the part of the image that the network saw, which is the part that every map covers
 * @param predictions the most probable classes, most probable first; never empty
 * @param heatmaps one map per class, method, layer and filter: all methods of the first class, then
 *     of the second; under a method all layers, and under a layer all filters; each in the order
 *     asked for. They keep the image, so that they can draw over it
 */
public record Explanation(
    long sequence,
    long generation,
    String model,
    int imageWidth,
    int imageHeight,
    Region region,
    List<Prediction> predictions,
    List<Heatmap> heatmaps,
    Timing timing)
    implements Answer {

  public Explanation {
    predictions = List.copyOf(predictions);
    heatmaps = List.copyOf(heatmaps);
  }

  /** The most probable class. */
  public Prediction top() {
    return predictions.get(0);
  }

  /** The first heatmap: the only one where one class was explained by one method at one layer. */
  public Heatmap heatmap() {
    return heatmaps.get(0);
  }

  /**
   * The map of that method for the first class, layer and filter that were asked for.
   *
   * @throws IllegalArgumentException if the method was not asked for
   */
  public Heatmap heatmap(Method method) {
    return heatmaps.stream()
        .filter(map -> map.method() == method)
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("no map by " + method.title() + " was asked for"));
  }

  @Override
  public Explanation orThrow() {
    return this;
  }

  /**
   * Reads an explanation.
   *
   * @throws SightlineException if it holds what this client does not know, or no prediction
   */
  static Explanation of(dev.sightline.v1.Explanation wire, long generation, Image image) {
    if (wire.getPredictionsCount() == 0) {
      throw SightlineException.protocol("the server's answer has no predictions");
    }
    try {
      return read(wire, generation, image);
    } catch (IllegalArgumentException e) {
      throw SightlineException.protocol(
          "the server's answer cannot be understood: " + e.getMessage());
    }
  }

  private static Explanation read(dev.sightline.v1.Explanation wire, long generation, Image image) {
    return new Explanation(
        wire.getSequence(),
        generation,
        wire.getModel(),
        wire.getImageWidth(),
        wire.getImageHeight(),
        Region.of(wire.getRegion()),
        wire.getPredictionsList().stream().map(Prediction::of).toList(),
        wire.getHeatmapsList().stream().map(map -> new Heatmap(map, wire, image)).toList(),
        Timing.of(wire.getTiming()));
  }
}
