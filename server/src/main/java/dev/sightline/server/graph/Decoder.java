package dev.sightline.server.graph;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The plan of an expansion network (Tagaris et al. 2019): a decoder that mirrors a frozen
 * classifier from its deepest maps up to the size of its input, joined at each resolution by the
 * classifier's own tensor there, and rebuilds the input.
 *
 * <p>Between two resolutions that are further apart than {@value #LONGEST_STEP} times there are
 * stages without a tensor of the classifier, each twice as large as the one below. Maps are
 * upsampled bilinearly with half-pixel centres ({@link DecoderUpsampling}), which gives any size
 * from any other and leaves no checkerboard. A stage at 1/2^n of the input's rows has min(8, 2^n)
 * times {@code base} channels.
 *
 * <p>Its parameters are one array: the convolutions of {@link #convolutions} in that order, each
 * with its weights, then its biases. Immutable.
 */
public final class Decoder {
  private static final double LONGEST_STEP = 2.5;
  private static final int WIDEST = 8;
  private static final String PREFIX = "expansion/";

  private final List<Layer> skips;
  private final ImageInput image;
  private final int base;
  private final List<DecoderStage> stages = new ArrayList<>();
  private final DecoderConvolution last;

  private Decoder(List<Layer> skips, ImageInput image, int base) {
    this.skips = skips;
    this.image = image;
    this.base = base;
    this.last = build();
  }

  /**
   * Plans a decoder.
   *
   * @param skips tensors of the classifier, of resolutions that differ
   * @param image the classifier's input
   * @param base channels of the stage at the input's own resolution, at least 1
   * @throws GraphException if there is no tensor, or if their rows and columns do not grow together
   */
  public static Decoder of(List<Layer> skips, ImageInput image, int base) {
    if (base < 1) {
      throw new IllegalArgumentException("a decoder of %d channels".formatted(base));
    }
    List<Layer> deepestFirst =
        skips.stream()
            .sorted(Comparator.comparingLong(layer -> (long) layer.height() * layer.width()))
            .toList();
    Layer below = null;
    for (Layer layer : deepestFirst) {
      if (layer.height() > image.height()
          || layer.width() > image.width()
          || (below != null
              && (layer.height() < below.height()
                  || layer.width() < below.width()
                  || sameSize(layer, below)))) {
        throw new GraphException(
            "no decoder can be joined by '%s' of %d x %d"
                .formatted(layer.name(), layer.height(), layer.width()));
      }
      below = layer;
    }
    if (below == null) {
      throw new GraphException("there is no feature map that a decoder could begin with");
    }
    return new Decoder(deepestFirst, image, base);
  }

  private static boolean sameSize(Layer a, Layer b) {
    return a.height() == b.height() && a.width() == b.width();
  }

  private DecoderConvolution build() {
    for (Layer layer : skips) {
      climb(layer.height(), layer.width(), layer);
    }
    DecoderStage top = stages.get(stages.size() - 1);
    if (top.height() != image.height() || top.width() != image.width()) {
      climb(image.height(), image.width(), null);
    }
    DecoderConvolution mix = stages.get(stages.size() - 1).mix();
    return new DecoderConvolution(PREFIX + "last", mix.out(), image.channels(), 3, mix.end());
  }

  /** Adds a stage of this size, and those that are needed between it and the one below. */
  private void climb(int height, int width, @Nullable Layer layer) {
    while (!stages.isEmpty()) {
      DecoderStage below = stages.get(stages.size() - 1);
      if (height <= LONGEST_STEP * below.height() && width <= LONGEST_STEP * below.width()) {
        break;
      }
      add(Math.min(height, 2 * below.height()), Math.min(width, 2 * below.width()), null);
    }
    add(height, width, layer);
  }

  private void add(int height, int width, @Nullable Layer layer) {
    String name = PREFIX + height + "x" + width;
    int channels = channels(height);
    int offset = 0;
    DecoderConvolution up = null;
    if (!stages.isEmpty()) {
      DecoderConvolution below = stages.get(stages.size() - 1).mix();
      up = new DecoderConvolution(name + "/up", below.out(), channels, 1, below.end());
      offset = up.end();
    }
    DecoderConvolution skip = null;
    if (layer != null) {
      skip = new DecoderConvolution(name + "/skip", layer.channels(), channels, 1, offset);
      offset = skip.end();
    }
    DecoderConvolution mix = new DecoderConvolution(name + "/mix", channels, channels, 3, offset);
    stages.add(new DecoderStage(height, width, up, layer, skip, mix));
  }

  private int channels(int height) {
    long times = Math.round((double) image.height() / height);
    return base * (int) Math.min(WIDEST, Long.highestOneBit(Math.max(1, times)));
  }

  /** The tensors of the classifier that it takes, the deepest first. */
  public List<Layer> skips() {
    return skips;
  }

  /** The classifier's input, which it rebuilds. */
  public ImageInput image() {
    return image;
  }

  /** Channels of the stage at the input's own resolution. */
  public int base() {
    return base;
  }

  /** What it does from the deepest maps up; the last stage has the input's rows and columns. */
  public List<DecoderStage> stages() {
    return List.copyOf(stages);
  }

  /** What makes the input's channels of the last stage's maps. */
  public DecoderConvolution last() {
    return last;
  }

  /** All convolutions, in the order of their parameters. */
  public List<DecoderConvolution> convolutions() {
    List<DecoderConvolution> all = new ArrayList<>();
    for (DecoderStage stage : stages) {
      Stream.of(stage.up(), stage.skip(), stage.mix()).forEach(c -> addPresent(all, c));
    }
    all.add(last);
    return all;
  }

  private static void addPresent(
      List<DecoderConvolution> all, @Nullable DecoderConvolution convolution) {
    if (convolution != null) {
      all.add(convolution);
    }
  }

  /** The number of its parameters. */
  public int parameters() {
    return last.end();
  }
}
