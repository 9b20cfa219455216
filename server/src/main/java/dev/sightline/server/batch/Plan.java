package dev.sightline.server.batch;

import dev.sightline.server.explain.CamMethod;
import dev.sightline.server.image.ImageReader;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Image;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Method;
import dev.sightline.v1.Scaling;
import java.util.List;
import java.util.function.Consumer;

/**
 * Options that were found to be in order, resolved once for all the images under them: what to
 * compute, by which pass, and how to write it. Immutable.
 */
public final class Plan {

  /** A method to apply and the kernel that goes with its maps. */
  record Step(Method method, CamMethod map, Kernel kernel) {}

  final Target target;
  final TargetLayer layer;
  final List<Step> steps;
  final int[] rowClasses;
  final MapSize size;
  final Encoding encoding;
  final Scaling scaling;
  final int predictions;
  private final long maxAge;
  private final ImageReader reader;

  Plan(
      Target target,
      TargetLayer layer,
      List<Step> steps,
      int[] rowClasses,
      MapSize size,
      Encoding encoding,
      Scaling scaling,
      int predictions,
      long maxAge,
      ImageReader reader) {
    this.target = target;
    this.layer = layer;
    this.steps = List.copyOf(steps);
    this.rowClasses = rowClasses;
    this.size = size;
    this.encoding = encoding;
    this.scaling = scaling;
    this.predictions = predictions;
    this.maxAge = maxAge;
    this.reader = reader;
  }

  /**
   * Lets an image wait for its batch.
   *
   * @param source where it waits
   * @param image the image, not yet looked at
   * @param arrival when it came, by {@link Batcher#nanoTime}
   * @param answer receives the answer, without sequence and generation, exactly once; see {@link
   *     Source} for the thread
   */
  public void submit(
      Source source, Image image, long arrival, Consumer<Explanation.Builder> answer) {
    source.submit(layer.lane(), new ImageWork(this, reader, image), arrival, maxAge, answer);
  }
}
