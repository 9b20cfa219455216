package dev.sightline.server.model.convert;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever stands in a model.json, beside two files of weights. */
class KerasFuzzTest {
  private static final int WEIGHTS = 4 * (9 * 2 + 2 + 4 * 2 + 6 + 3);

  @TempDir static Path folder;

  static Stream<byte[]> files() throws IOException {
    Path written = Files.createTempDirectory("keras");
    KerasFixture model =
        new KerasFixture()
            .layer("InputLayer", "image", "'batch_input_shape':[null,5,4,1]")
            .layer(
                "Conv2D",
                "conv",
                "'filters':2,'kernel_size':[3,3],'strides':[2,2],'padding':'same','use_bias':true,'activation':'linear'",
                "image")
            .weight("conv/kernel", new float[18], 3, 3, 1, 2)
            .weight("conv/bias", new float[2], 2)
            .layer("BatchNormalization", "norm", "'axis':3,'epsilon':0.001", "conv")
            .weight("norm/gamma", new float[2], 2)
            .weight("norm/beta", new float[2], 2)
            .weight("norm/moving_mean", new float[2], 2)
            .weight("norm/moving_variance", new float[2], 2)
            .layer("Activation", "relu", "'activation':'relu'", "norm")
            .layer("Add", "add", "", "relu", "conv")
            .layer("GlobalAveragePooling2D", "mean", "", "add")
            .layer("Dense", "scores", "'units':3,'activation':'softmax'", "mean")
            .weight("scores/kernel", new float[6], 2, 3)
            .weight("scores/bias", new float[3], 3);
    byte[] json = Files.readAllBytes(model.write(written, false));
    try (Stream<Path> files = Files.list(written)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(written);
    return Stream.of(json);
  }

  @MethodSource("files")
  @FuzzTest
  void aModelIsConvertedOrRefused(byte[] json) throws IOException {
    for (String shard : new String[] {"shard1of2.bin", "shard2of2.bin"}) {
      if (!Files.exists(folder.resolve(shard))) {
        Files.write(folder.resolve(shard), new byte[WEIGHTS / 2]);
      }
    }
    Path file = Files.write(folder.resolve("model.json"), json);
    try {
      Graph unused = Graph.of(KerasImporter.convert(file, "net"));
    } catch (ConversionException | GraphException e) {
      // The two that are declared: the graph is one of a strange network, or the file is none.
    }
  }
}
