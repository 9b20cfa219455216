package dev.sightline.server.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.sightline.server.image.ChannelOrder;
import dev.sightline.server.image.Preprocessing;
import dev.sightline.server.image.Resize;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What model.yaml says of a model.
 *
 * @param name the name by which clients choose it: lower-case letters, digits, '.', '_' and '-'
 * @param description a line about it
 * @param input how pixels become its input
 * @param layer the layer that is explained where none is named; absent means the last convolutional
 *     map
 * @param sigma measured standard deviations of some of its layers; absent means none
 * @param sha256 the SHA-256 of model.onnx or model.pt in hexadecimal; absent means that it is not
 *     checked
 * @param license the licence of its weights
 * @param origin where they come from
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({
  "name",
  "description",
  "input",
  "layer",
  "sigma",
  "sha256",
  "license",
  "origin"
})
public record ModelCard(
    String name,
    String description,
    Input input,
    @Nullable String layer,
    @Nullable Map<String, Sigma> sigma,
    @Nullable String sha256,
    @Nullable String license,
    @Nullable String origin) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  /**
   * How pixels become a network's input: value = (x - mean) / std with x in 0..255.
   *
   * @param order the order of the channels
   * @param mean one value a channel
   * @param std one value a channel
   * @param resize "stretch", or "center-crop:256" for a crop after bringing the short side to 256
   * @param height rows, which model.pt does not tell; absent for model.onnx, which does
   * @param width columns, likewise
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Input(
      ChannelOrder order,
      float[] mean,
      float[] std,
      String resize,
      @Nullable Integer height,
      @Nullable Integer width) {
    /** The input of a network that tells its size itself. */
    public Input(ChannelOrder order, float[] mean, float[] std, String resize) {
      this(order, mean, std, resize, null, null);
    }

    /**
     * The same as a value.
     *
     * @throws IllegalArgumentException if it makes no sense; the message says why
     */
    public Preprocessing preprocessing() {
      return new Preprocessing(order, mean.clone(), std.clone(), resize(resize));
    }

    private static Resize resize(String text) {
      if (text.equals("stretch")) {
        return Resize.STRETCH;
      }
      if (text.matches("center-crop:[1-9]\\d{0,4}")) {
        return Resize.centerCrop(Integer.parseInt(text.substring(text.indexOf(':') + 1)));
      }
      throw new IllegalArgumentException(
          "resize '%s' is neither 'stretch' nor such as 'center-crop:256'".formatted(text));
    }

    @Override
    public String toString() {
      return "%s, mean %s, std %s, %s"
          .formatted(order, Arrays.toString(mean), Arrays.toString(std), resize);
    }
  }

  /** True if a model may be called so. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** The same card with the standard deviations of one more layer, or others of one that has. */
  ModelCard withSigma(String ofLayer, Sigma measured) {
    Map<String, Sigma> all = sigma == null ? new LinkedHashMap<>() : new LinkedHashMap<>(sigma);
    all.put(ofLayer, measured);
    return new ModelCard(name, description, input, layer, all, sha256, license, origin);
  }

  /** The same card with a checksum. */
  ModelCard withSha256(String checksum) {
    return new ModelCard(name, description, input, layer, sigma, checksum, license, origin);
  }
}
