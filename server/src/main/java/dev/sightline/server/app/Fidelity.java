package dev.sightline.server.app;

import com.google.protobuf.ByteString;
import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.BackendOpener;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.engine.PassShape;
import dev.sightline.server.explain.Evidence;
import dev.sightline.server.explain.FromEvidence;
import dev.sightline.server.explain.Methods;
import dev.sightline.server.explain.measure.Correlation;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.v1.Image;
import dev.sightline.v1.Method;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * How far a model is from another one that it stands for: both see the same images, and their
 * Grad-CAM maps for the class that the other holds most probable are compared at its default layer.
 * Not thread-safe.
 */
final class Fidelity implements AutoCloseable {
  private static final FromEvidence GRAD_CAM =
      (FromEvidence) Methods.of(Method.METHOD_GRAD_CAM).orElseThrow();

  /**
   * What came of one image.
   *
   * @param sameClass whether both hold the same class most probable
   * @param distance the mean of |difference| over the cells of the maps, each in parts of its
   *     greatest value: 0 to 1
   * @param correlation Spearman's rank correlation of the maps
   */
  private record Seen(boolean sameClass, double distance, double correlation) {}

  private final ModelFolder model;
  private final Backend original;
  private final Backend standIn;
  private final ImageReader reader = new ImageReader(ImageLimits.DEFAULT);
  private final FloatBuffer image;
  private final List<Seen> seen = new ArrayList<>();

  /** Opens both, which take the same input and have the original's default layer. */
  Fidelity(ModelFolder original, ModelFolder standIn, BackendOpener opener) {
    this.model = original;
    String layer = original.defaultLayer();
    this.original = opener.open(original.graph().explain(layer), original.name());
    try {
      this.standIn = opener.open(standIn.graph().explain(layer), standIn.name());
    } catch (RuntimeException | Error e) {
      this.original.close();
      throw e;
    }
    this.image = Pass.buffer(1, original.inputShape().size());
  }

  /**
   * Adds an image.
   *
   * @throws dev.sightline.server.image.ImageException if it cannot be used; it does not count then
   */
  void add(ByteString file) {
    reader.prepare(
        Image.newBuilder().setEncoded(file).build(),
        model.inputShape(),
        model.preprocessing(),
        image,
        0,
        false);
    PassResult was = original.run(Pass.ofMostProbable(image, 1));
    int of = was.chosen()[0];
    PassResult is = standIn.run(new Pass(image, 1, new int[] {0, 0}, new int[] {of, -1}));
    float[] before = map(original.shape(), was);
    float[] now = map(standIn.shape(), is);
    double distance = 0;
    for (int i = 0; i < before.length; i++) {
      distance += Math.abs(before[i] - now[i]) / before.length;
    }
    seen.add(new Seen(is.chosen()[1] == of, distance, Correlation.spearman(before, now)));
  }

  /** The map of the first row, whose greatest value is 1 if it has any. */
  private static float[] map(PassShape shape, PassResult result) {
    float[] map =
        GRAD_CAM
            .map()
            .map(
                new Evidence(
                    result.activations(),
                    0,
                    result.gradients(),
                    0,
                    shape.gridChannels(),
                    shape.gridHeight(),
                    shape.gridWidth()));
    float greatest = 0;
    for (float value : map) {
      greatest = Math.max(greatest, value);
    }
    for (int i = 0; greatest > 0 && i < map.length; i++) {
      map[i] /= greatest;
    }
    return map;
  }

  /** The images that counted. */
  int images() {
    return seen.size();
  }

  /** What was seen on at least one image, in a few lines for a person. */
  List<String> lines() {
    long same = seen.stream().filter(Seen::sameClass).count();
    double[] distances = sorted(Seen::distance);
    double[] correlations = sorted(Seen::correlation);
    return List.of(
        "the same class on %d of %d".formatted(same, seen.size()),
        String.format(
            Locale.ROOT,
            "Grad-CAM differs by %.3f of its greatest value (median; at most %.3f)",
            distances[distances.length / 2],
            distances[distances.length - 1]),
        String.format(
            Locale.ROOT,
            "its ranks correlate by %.3f (median; at least %.3f)",
            correlations[correlations.length / 2],
            correlations[0]));
  }

  private double[] sorted(ToDoubleFunction<Seen> figure) {
    return seen.stream().mapToDouble(figure).sorted().toArray();
  }

  @Override
  public void close() {
    original.close();
    standIn.close();
  }
}
