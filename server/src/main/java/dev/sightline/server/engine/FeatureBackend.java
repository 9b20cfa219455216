package dev.sightline.server.engine;

import dev.sightline.server.graph.ImageInput;
import dev.sightline.server.graph.Layer;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Runs the part of a model that leads to some of its layers: images in, the layers' maps out.
 *
 * <p>Stateless and thread-safe, as a {@link Backend}.
 */
public interface FeatureBackend extends AutoCloseable {

  /** The shape of an image. */
  ImageInput input();

  /** The layers, in the order of what comes out. */
  List<Layer> layers();

  /** The largest number of images at once. */
  int maxBatch();

  /**
   * Computes the layers' maps.
   *
   * @param images a direct buffer as of {@link Pass#buffer}, with room for {@link #maxBatch} images
   *     of C×H×W floats; the first ones are read from index 0, whatever the position; it may be
   *     reused once this returns
   * @param count the number of images, 1 to {@link #maxBatch}
   * @return for each layer count×K×h×w floats, flat; the arrays belong to the caller, and may be
   *     longer (batches are padded)
   * @throws EngineException if the engine fails; the backend stays usable
   * @throws IllegalArgumentException if the images do not fit
   */
  List<float[]> run(FloatBuffer images, int count);

  /** Frees the engine's memory. Nothing may be under way. */
  @Override
  void close();
}
