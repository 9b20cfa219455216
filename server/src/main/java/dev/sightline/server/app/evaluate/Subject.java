package dev.sightline.server.app.evaluate;

import dev.sightline.server.explain.measure.Box;
import dev.sightline.server.explain.measure.Mask;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image as the network sees it, and the class that is explained.
 *
 * @param file relative to the folder of the images
 * @param input after preprocessing, C·H·W
 * @param height H
 * @param width W
 * @param black what preprocessing makes of a black pixel, one a channel
 * @param chosen the class
 * @param probability of the class, above 0
 * @param rank how many classes are more probable
 * @param boxes of the class, in pixels of the input
 * @param object its pixels, of the size of the input, or null if they are not known
 */
record Subject(
    String file,
    float[] input,
    int height,
    int width,
    float[] black,
    int chosen,
    double probability,
    int rank,
    List<Box> boxes,
    @Nullable Mask object) {

  int channels() {
    return black.length;
  }

  /** The SHA-256 of the input. */
  String fingerprint() {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * input.length);
    bytes.asFloatBuffer().put(input);
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
