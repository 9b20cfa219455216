package dev.sightline.server.explain.refine;

import dev.sightline.heatmap.Plane;
import java.util.ArrayList;
import java.util.List;

/**
 * High-resolution CAM (Tagaris et al. 2019, §3 and §5): where the low-resolution map is intense,
 * and what the high-resolution one shows to belong together there.
 *
 * <p>1. Focal points are the local maxima of the low-resolution map; 2. its 15 % most intense
 * pixels are the region of interest; 3. the high-resolution map is blurred and becomes the
 * magnitude of its gradient; 4. from the focal points a region grows through values between the
 * quartiles that the region of interest has there; 5. its small holes are filled; 6. it is merged
 * with the low-resolution map. A region that collapsed or flooded the image refines nothing, and
 * the low-resolution map is the answer.
 *
 * <p><i>Choice:</i> merging is multiplication, so that the map is zero away from the region, and
 * the result is scaled to a maximum of 1. The other choices are {@link RefineSettings} and those
 * that the steps name.
 */
public final class HighResCam {
  /** How many stages a refinement has where the settings ask for them. */
  public static final int STAGES = 9;

  private HighResCam() {}

  /**
   * Refines a map.
   *
   * @param cam the low-resolution map, resized bilinearly to the size of the network's input, H x
   *     W; raw, of any scale, finite
   * @param highRes the high-resolution map, H x W, scaled to [0, 1], as {@link #highResolution}
   *     makes it
   * @throws IllegalArgumentException if the sizes differ or a value is not finite
   */
  public static Refinement refine(Plane cam, Plane highRes, RefineSettings settings) {
    requireAlike(cam, highRes);
    Plane low = cam.normalised();
    PixelSet interest = RegionOfInterest.of(low);
    PixelSet focal = FocalPoints.of(low, interest);
    Plane blurred = Edges.blurred(highRes);
    Plane edges = Edges.magnitude(blurred);
    PixelSet grown = grown(edges, interest, focal, settings);
    PixelSet filled = Holes.filled(grown, settings.holeShare() * edges.values().length);
    Outcome outcome = judge(filled, interest, settings);
    Plane map = outcome == Outcome.GROWN ? merged(low, filled, settings.feather()) : low;
    PixelSet mask =
        PixelSet.atLeast(map, Math.max(settings.threshold() * map.max(), Float.MIN_VALUE));
    List<Stage> stages = new ArrayList<>();
    if (settings.stages()) {
      stages.add(new Stage("low-res CAM", low));
      stages.add(new Stage("focal points", focal.picture()));
      stages.add(new Stage("region of interest", interest.picture()));
      stages.add(new Stage("high-res map", highRes));
      stages.add(new Stage("blurred", blurred));
      stages.add(new Stage("Sobel", edges));
      stages.add(new Stage("grown", grown.picture()));
      stages.add(new Stage("filled", filled.picture()));
      stages.add(new Stage("refined", map));
    }
    return new Refinement(map, mask.pixels(), outcome, stages);
  }

  /**
   * The high-resolution map of a reconstruction: the mean over its channels, scaled to [0, 1].
   *
   * @param reconstruction what an expansion network drew, channels x height x width from {@code
   *     offset} on
   * @return all zeros if the mean is constant
   * @throws IllegalArgumentException if there are not as many values
   */
  public static Plane highResolution(
      float[] reconstruction, int offset, int channels, int height, int width) {
    int pixels = Math.multiplyExact(height, width);
    if (channels < 1
        || offset < 0
        || (long) offset + (long) channels * pixels > reconstruction.length) {
      throw new IllegalArgumentException(
          "%d values from %d on for %d x %d x %d"
              .formatted(reconstruction.length, offset, channels, height, width));
    }
    float[] mean = new float[pixels];
    for (int pixel = 0; pixel < pixels; pixel++) {
      double sum = 0;
      for (int channel = 0; channel < channels; channel++) {
        sum += reconstruction[offset + channel * pixels + pixel];
      }
      mean[pixel] = (float) (sum / channels);
    }
    return new Plane(height, width, mean).normalised();
  }

  private static PixelSet grown(
      Plane edges, PixelSet interest, PixelSet focal, RefineSettings settings) {
    if (interest.count() == 0) {
      return interest;
    }
    Bounds bounds = Bounds.of(edges, interest);
    PixelSet region =
        RegionGrowing.grown(edges, bounds, RegionGrowing.seeds(focal, settings.focalRadius()));
    return settings.rim() ? RegionGrowing.withRim(edges, bounds, region) : region;
  }

  private static Outcome judge(PixelSet filled, PixelSet interest, RefineSettings settings) {
    int inside = filled.and(interest).count();
    if (inside == 0 || inside < settings.collapsed() * interest.count()) {
      return Outcome.COLLAPSED;
    }
    return filled.count() > settings.flooded() * filled.pixels().length
        ? Outcome.FLOODED
        : Outcome.GROWN;
  }

  private static Plane merged(Plane low, PixelSet region, double feather) {
    Plane weight = region.picture();
    if (feather > 0) {
      weight = Edges.softened(weight, feather);
    }
    float[] product = new float[low.values().length];
    float max = 0;
    for (int i = 0; i < product.length; i++) {
      product[i] = low.values()[i] * weight.values()[i];
      max = Math.max(max, product[i]);
    }
    for (int i = 0; i < product.length; i++) {
      product[i] /= max;
    }
    return new Plane(low.height(), low.width(), product);
  }

  private static void requireAlike(Plane cam, Plane highRes) {
    if (cam.height() != highRes.height() || cam.width() != highRes.width()) {
      throw new IllegalArgumentException(
          "a map of %d x %d and a high-resolution one of %d x %d"
              .formatted(cam.height(), cam.width(), highRes.height(), highRes.width()));
    }
    for (int i = 0; i < cam.values().length; i++) {
      if (!Float.isFinite(cam.values()[i]) || !Float.isFinite(highRes.values()[i])) {
        throw new IllegalArgumentException("a map with values that are not finite");
      }
    }
  }
}
