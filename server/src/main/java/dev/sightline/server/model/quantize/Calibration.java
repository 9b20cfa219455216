package dev.sightline.server.model.quantize;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.ByteString;
import dev.sightline.server.engine.BackendOpener;
import dev.sightline.server.engine.FeatureBackend;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.graph.Quantization;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.v1.Image;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Measures on images how large the values are that a network is to hold as bytes: of each tensor
 * the least and the greatest over all images, and the mean of each channel. Not thread-safe.
 */
public final class Calibration implements AutoCloseable {
  private final ModelFolder model;
  private final Quantization quantization;
  private final FeatureBackend backend;
  private final ImageReader reader = new ImageReader(ImageLimits.DEFAULT);
  private final FloatBuffer image;
  private final float[] least;
  private final float[] greatest;
  private final double[] sums;
  private int images;

  /**
   * Loads a network that tells how large its values are.
   *
   * @throws ModelException if the model is a TorchScript module
   * @throws dev.sightline.server.graph.GraphException if nothing of it can compute with bytes
   * @throws dev.sightline.server.engine.EngineException if the engine does not take it
   */
  public Calibration(ModelFolder model, BackendOpener opener) {
    this.model = model;
    this.quantization = model.graph().quantization();
    this.backend = opener.open(quantization.ranges(), model.name() + "/ranges");
    this.image = Pass.buffer(1, model.inputShape().size());
    this.least = new float[backend.layers().get(0).channels()];
    this.greatest = new float[least.length];
    this.sums = new double[backend.layers().get(2).channels()];
    Arrays.fill(least, Float.POSITIVE_INFINITY);
    Arrays.fill(greatest, Float.NEGATIVE_INFINITY);
  }

  /**
   * Adds an image, brought to the network's input as the model wants it.
   *
   * @param file a JPEG, PNG, WebP or BMP file
   * @throws dev.sightline.server.image.ImageException if it cannot be used; it does not count then
   */
  public void add(ByteString file) {
    reader.prepare(
        Image.newBuilder().setEncoded(file).build(),
        model.inputShape(),
        model.preprocessing(),
        image,
        0,
        false);
    List<float[]> ranges = backend.run(image, 1);
    for (int i = 0; i < least.length; i++) {
      least[i] = Math.min(least[i], ranges.get(0)[i]);
      greatest[i] = Math.max(greatest[i], ranges.get(1)[i]);
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] += ranges.get(2)[i];
    }
    images++;
  }

  /** The images that counted. */
  public int images() {
    return images;
  }

  /** The number of convolutions that will compute with bytes. */
  public int convolutions() {
    return quantization.convolutions();
  }

  /**
   * The network that computes with bytes.
   *
   * @param weightBits 7 or 8; see {@link Quantization#quantized}
   * @throws ModelException if no image counted
   */
  public ModelProto quantized(int weightBits) {
    if (images == 0) {
      throw new ModelException("no image could be used");
    }
    float[] means = new float[sums.length];
    for (int i = 0; i < means.length; i++) {
      means[i] = (float) (sums[i] / images);
    }
    return quantization.quantized(new Quantization.Measured(least, greatest, means), weightBits);
  }

  @Override
  public void close() {
    backend.close();
  }
}
