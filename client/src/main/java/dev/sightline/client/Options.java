package dev.sightline.client;

import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.HighResolution;
import dev.sightline.v1.Localisation;
import dev.sightline.v1.Noise;
import dev.sightline.v1.OutputSize;
import dev.sightline.v1.RandomMasks;
import dev.sightline.v1.Scaling;
import dev.sightline.v1.Sigma;
import dev.sightline.v1.SizeReference;
import dev.sightline.v1.Upsampling;
import java.time.Duration;

/**
 * How images are to be explained; immutable.
 *
 * <p>Everything is optional. {@link #defaults()} asks the server's default model for the Grad-CAM
 * map of the most probable class at its last convolutional layer. The server checks the options,
 * not this class: only it knows its models.
 */
public final class Options {
  private static final Options DEFAULTS = new Options(ExplainOptions.getDefaultInstance());

  private final ExplainOptions wire;

  private Options(ExplainOptions wire) {
    this.wire = wire;
  }

  /** The server's defaults throughout. */
  public static Options defaults() {
    return DEFAULTS;
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder(ExplainOptions.newBuilder());
  }

  /** Starts from these options. */
  public Builder toBuilder() {
    return new Builder(wire.toBuilder());
  }

  /** The options as the protocol writes them. */
  public ExplainOptions toProto() {
    return wire;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Options that && wire.equals(that.wire);
  }

  @Override
  public int hashCode() {
    return wire.hashCode();
  }

  @Override
  public String toString() {
    return wire.toString();
  }

  /** Collects options. Not thread-safe. */
  public static final class Builder {
    private final ExplainOptions.Builder wire;

    private Builder(ExplainOptions.Builder wire) {
      this.wire = wire;
    }

    /** The model by name, in place of the server's default one. */
    public Builder model(String name) {
      wire.setModel(name);
      return this;
    }

    /** The methods to apply, in place of those named before; all of them share one pass. */
    public Builder methods(Method... methods) {
      wire.clearMethods();
      for (Method method : methods) {
        wire.addMethods(method.toProto());
      }
      return this;
    }

    /**
     * The target layers by name, in place of those named before or the model's default one; each
     * has a map of its own per method.
     */
    public Builder layers(String... names) {
      wire.clearLayers();
      for (String name : names) {
        wire.addLayers(name);
      }
      return this;
    }

    /** The maps of the target layers become one. */
    public Builder fuse(Fusion fusion) {
      wire.setFusion(fusion.toProto());
      return this;
    }

    /**
     * Feature maps of the target layers, from 0, in place of those named before: each has a map of
     * its own, with the method's sums over channels bounded to that one (Omeiza et al. 2019). Only
     * for methods that are functions of a layer's activation and gradient, as are {@link #neurons}
     * and {@link #region}.
     */
    public Builder filters(int... channels) {
      wire.getSelectionBuilder().clearFilters();
      for (int channel : channels) {
        wire.getSelectionBuilder().addFilters(channel);
      }
      return this;
    }

    /** The neurons of the target layers that count, in place of those named before. */
    public Builder neurons(Cell... cells) {
      return subset(false, cells);
    }

    /**
     * The rectangle of neurons that count, in place of those named before.
     *
     * @param corner one corner, inclusive
     * @param opposite the corner opposite to it, inclusive
     */
    public Builder region(Cell corner, Cell opposite) {
      return subset(true, corner, opposite);
    }

    private Builder subset(boolean region, Cell... cells) {
      wire.getSelectionBuilder().setRegion(region).clearSubset();
      for (Cell cell : cells) {
        wire.getSelectionBuilder().addSubset(cell.toProto());
      }
      return this;
    }

    /**
     * The noise of {@link Method#SMOOTH_GRAD_CAM_PLUS_PLUS} and {@link Method#SMOOTH_GRAD}, which
     * without it see the image alone.
     *
     * @param samples how many noisy inputs are averaged, each a pass
     * @param stdDev the standard deviation as a share of the input's range; 0 means 0.15
     * @param seed where the random numbers begin: the same one gives the same map
     */
    public Builder noise(int samples, float stdDev, long seed) {
      wire.setNoise(Noise.newBuilder().setSamples(samples).setStdDev(stdDev).setSeed(seed));
      return this;
    }

    /**
     * The masks of {@link Method#RISE}.
     *
     * @param count how many, each a pass; 0 means 1000
     * @param seed where the random numbers begin: the same one gives the same map
     */
    public Builder masks(int count, long seed) {
      wire.setRandomMasks(RandomMasks.newBuilder().setCount(count).setSeed(seed));
      return this;
    }

    /** Every map is averaged with the one of the image mirrored left to right; twice the passes. */
    public Builder flipSmoothing() {
      wire.setFlipSmoothing(true);
      return this;
    }

    /**
     * Asks for the region of every map, cut at the threshold that its method's paper takes; see
     * {@link Heatmap#region()}.
     */
    public Builder localise() {
      wire.setLocalisation(Localisation.getDefaultInstance());
      return this;
    }

    /**
     * Asks for the region of every map, see {@link Heatmap#region()}.
     *
     * @param threshold the share of the map's range that it is cut at, above 0 and at most 1
     */
    public Builder localise(float threshold) {
      wire.setLocalisation(Localisation.newBuilder().setThreshold(threshold));
      return this;
    }

    /** Asks {@link Method#HIGH_RES_CAM} for a picture of each of its steps. */
    public Builder refinementSteps() {
      wire.setHighResolution(HighResolution.newBuilder().setSteps(true));
      return this;
    }

    /** Adds a class by the index of its logit, from 0. */
    public Builder classIndex(int index) {
      wire.addClasses(ClassChoice.newBuilder().setIndex(index));
      return this;
    }

    /** Adds a class by its label, such as "tabby". */
    public Builder classLabel(String label) {
      wire.addClasses(ClassChoice.newBuilder().setLabel(label));
      return this;
    }

    /** Adds the n most probable classes of each image, 1 to 32. */
    public Builder mostProbable(int n) {
      wire.addClasses(ClassChoice.newBuilder().setMostProbable(n));
      return this;
    }

    /** Every method's grid is upsampled bilinearly. */
    public Builder bilinear() {
      wire.setUpsampling(Upsampling.UPSAMPLING_BILINEAR);
      return this;
    }

    /** Every method's grid is upsampled by Gaussians. */
    public Builder gaussian() {
      wire.setUpsampling(Upsampling.UPSAMPLING_GAUSSIAN);
      return this;
    }

    /** The Gaussian's standard deviations in pixels of the network's input. */
    public Builder sigma(float x, float y) {
      wire.setSigma(Sigma.newBuilder().setX(x).setY(y));
      return this;
    }

    /** Maps as large as the image that was sent, in place of the network's input. */
    public Builder sizeOfOriginal() {
      wire.setOutputSize(
          OutputSize.newBuilder().setReference(SizeReference.SIZE_REFERENCE_ORIGINAL));
      return this;
    }

    /** Maps of this size in pixels, each side 1 to 8192. */
    public Builder size(int width, int height) {
      wire.setOutputSize(
          OutputSize.newBuilder()
              .setReference(SizeReference.SIZE_REFERENCE_GIVEN)
              .setWidth(width)
              .setHeight(height));
      return this;
    }

    /** How heatmaps travel. */
    public Builder encoding(Encoding encoding) {
      wire.setEncoding(encoding.toProto());
      return this;
    }

    /** Pixels keep the values of the method's equation in place of being scaled to [0, 1]. */
    public Builder raw() {
      wire.setScaling(Scaling.SCALING_RAW);
      return this;
    }

    /** How many of the most probable classes an answer lists, 1 to 1000 in place of 5. */
    public Builder predictions(int n) {
      wire.setPredictions(n);
      return this;
    }

    /** How old a frame may be, from its arrival at the server, when its batch forms; positive. */
    public Builder maxAge(Duration age) {
      wire.setMaxAge(duration(age));
      return this;
    }

    /**
     * In a live stream, frames whose picture has not changed since one that was explained are
     * answered as {@link Outcome#UNCHANGED}, at the cost of decoding them.
     *
     * @param greyLevels how much the mean of a block of pixels, one of 32 × 32, may have changed, 0
     *     to 255; 3 is good for most cameras, and 0 has every frame explained
     */
    public Builder skipUnchanged(float greyLevels) {
      wire.setUnchangedWithin(greyLevels);
      return this;
    }

    /**
     * How often, at most, a batch or a live stream is told how far an image is that takes several
     * passes; positive. A single image's call cannot be told.
     */
    public Builder progressEvery(Duration interval) {
      wire.setProgressInterval(duration(interval));
      return this;
    }

    private static com.google.protobuf.Duration duration(Duration duration) {
      return com.google.protobuf.Duration.newBuilder()
          .setSeconds(duration.getSeconds())
          .setNanos(duration.getNano())
          .build();
    }

    /** The options collected so far. */
    public Options build() {
      return new Options(wire.build());
    }
  }
}
