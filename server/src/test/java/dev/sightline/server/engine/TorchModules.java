package dev.sightline.server.engine;

import dev.sightline.server.graph.Graph;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;

/**
 * The modules that torch_fixtures.py made: 3 × 32 × 32 to 12 × 8 × 8 to ten classes, two of them as
 * ONNX too.
 */
public final class TorchModules {
  /** The target layer's name in the ONNX files. */
  static final String LAYER = "/0/0.5/Relu_output_0";

  static final int SIDE = 32;
  static final int IMAGE = 3 * SIDE * SIDE;
  static final int CLASSES = 10;

  private TorchModules() {}

  /** A file of the resources. */
  public static Path path(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(TorchModules.class.getResource("/torch/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static TorchFile file(String name) {
    return new TorchFile(path(name + ".pt"), 3, SIDE, SIDE);
  }

  static TorchBackend torch(String name, int maxBatch) {
    return new PyTorch(EngineSettings.cpu(maxBatch)).open(file(name), name);
  }

  static Backend onnx(String name, int maxBatch) {
    return new OnnxRuntime(EngineSettings.cpu(maxBatch))
        .open(Graph.read(path(name + ".onnx")).explain(LAYER), name);
  }

  /** Normally distributed images. */
  public static FloatBuffer images(int frames, long seed) {
    FloatBuffer images =
        ByteBuffer.allocateDirect(frames * IMAGE * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    Random random = new Random(seed);
    for (int i = 0; i < images.capacity(); i++) {
      images.put(i, (float) random.nextGaussian());
    }
    return images;
  }
}
