package dev.sightline.server.image;

import dev.sightline.heatmap.Photo;
import java.math.BigDecimal;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How pixels become a network's input: value = (x − mean) / std with x in 0..255.
 *
 * @param order the order of the network's channels
 * @param mean one value per channel, in that order and in the scale 0..255; not copied
 * @param std one value per channel, in that order and in the scale 0..255, never 0; not copied
 * @param resize how the picture becomes one of the network's size
 */
public record Preprocessing(ChannelOrder order, float[] mean, float[] std, Resize resize) {

  /** Checks that every channel has a finite mean and a finite std other than 0. */
  public Preprocessing {
    if (mean.length != order.channels() || std.length != order.channels()) {
      throw new IllegalArgumentException(
          "%d means and %d stds for the %d channels of %s"
              .formatted(mean.length, std.length, order.channels(), order));
    }
    for (int c = 0; c < mean.length; c++) {
      if (!Float.isFinite(mean[c]) || !Float.isFinite(std[c]) || std[c] == 0) {
        throw new IllegalArgumentException(
            "channel %d has the mean %s and the std %s".formatted(c, mean[c], std[c]));
      }
    }
  }

  /** The input values of each channel's 256 levels. */
  float[][] tables() {
    float[][] tables = new float[order.channels()][256];
    for (int c = 0; c < tables.length; c++) {
      for (int x = 0; x < tables[c].length; x++) {
        tables[c][x] = (float) ((x - (double) mean[c]) / std[c]);
      }
    }
    return tables;
  }

  /**
   * The picture that an input stands for, the way back from values to levels; what lies outside of
   * 0..255 becomes the nearer end.
   *
   * @param values hold the input, C × H × W from the offset on
   */
  public Photo photo(float[] values, int offset, InputShape shape) {
    int pixels = shape.height() * shape.width();
    byte[] bgr = new byte[3 * pixels];
    for (int i = 0; i < bgr.length; i++) {
      int colour = i % 3;
      int channel =
          switch (order) {
            case GREY -> 0;
            case BGR -> colour;
            case RGB -> 2 - colour;
          };
      float level = values[offset + channel * pixels + i / 3] * std[channel] + mean[channel];
      bgr[i] = (byte) Math.round(Math.max(0, Math.min(255, level)));
    }
    return new Photo(shape.width(), shape.height(), bgr);
  }

  /** It in words, such as "RGB, x / 127.5 - 1, stretched". */
  public String describe() {
    return "%s, %s, %s".formatted(order, arithmetic(), describeResize());
  }

  private String arithmetic() {
    boolean centred = IntStream.range(0, mean.length).allMatch(c -> mean[c] == 0);
    boolean unscaled = IntStream.range(0, std.length).allMatch(c -> std[c] == 1);
    boolean symmetric = IntStream.range(0, mean.length).allMatch(c -> mean[c] == std[c]);
    if (symmetric) {
      return "x / %s - 1".formatted(numbers(std));
    }
    String difference = centred ? "x" : "x - " + numbers(mean);
    if (unscaled) {
      return difference;
    }
    return "%s / %s".formatted(centred ? difference : "(" + difference + ")", numbers(std));
  }

  private String describeResize() {
    if (resize instanceof Resize.CenterCrop crop) {
      return "short side to %d, centre cut out".formatted(crop.shortSide());
    }
    return "stretched";
  }

  /** One number where all are equal, else all of them. */
  private static String numbers(float[] values) {
    boolean equal = IntStream.range(1, values.length).allMatch(i -> values[i] == values[0]);
    if (equal) {
      return number(values[0]);
    }
    return IntStream.range(0, values.length)
        .mapToObj(i -> number(values[i]))
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private static String number(float value) {
    return new BigDecimal(Float.toString(value)).stripTrailingZeros().toPlainString();
  }
}
