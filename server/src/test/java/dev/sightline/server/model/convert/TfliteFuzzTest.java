package dev.sightline.server.model.convert;

import static dev.sightline.server.model.convert.TfliteFixture.integer;
import static dev.sightline.server.model.convert.TfliteFixture.octet;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever bytes are called a TensorFlow Lite file. */
class TfliteFuzzTest {

  static Stream<byte[]> files() {
    return Stream.of(convolutions(), dense());
  }

  @MethodSource("files")
  @FuzzTest
  void aFileIsConvertedOrRefused(byte[] file) {
    try {
      Graph unused = Graph.of(TfliteImporter.convert(file, "net", 1));
    } catch (ConversionException | GraphException e) {
      // The two that are declared: the graph is one of a strange network, or the file is none.
    }
  }

  private static byte[] convolutions() {
    TfliteFixture file = new TfliteFixture();
    int image = file.input(5, 4, 2);
    int first =
        file.operator(
            TfliteOperators.CONV_2D,
            "first",
            new int[] {1, 3, 2, 2},
            new int[] {image, file.floats(new float[8], 2, 1, 1, 2), file.floats(new float[2], 2)},
            integer(1, 2),
            integer(2, 2),
            octet(3, 1));
    int depthwise =
        file.operator(
            TfliteOperators.DEPTHWISE_CONV_2D,
            "depthwise",
            new int[] {1, 3, 2, 2},
            new int[] {first, file.floats(new float[18], 1, 3, 3, 2), file.floats(new float[2], 2)},
            integer(1, 1),
            integer(2, 1),
            integer(3, 1));
    int mean =
        file.operator(
            TfliteOperators.MEAN,
            "mean",
            new int[] {1, 2},
            new int[] {depthwise, file.integers(new int[] {1, 2}, 2)});
    return file.build(image, mean);
  }

  private static byte[] dense() {
    TfliteFixture file = new TfliteFixture();
    int image = file.input(2, 2, 1);
    int pooled =
        file.operator(
            TfliteOperators.MAX_POOL_2D,
            "pooled",
            new int[] {1, 1, 1, 1},
            new int[] {image},
            integer(1, 2),
            integer(2, 2),
            integer(3, 2),
            integer(4, 2));
    int flat =
        file.operator(
            TfliteOperators.RESHAPE,
            "flat",
            new int[] {1, 1},
            new int[] {pooled, file.integers(new int[] {1, 1}, 2)});
    int scores =
        file.operator(
            TfliteOperators.FULLY_CONNECTED,
            "scores",
            new int[] {1, 3},
            new int[] {flat, file.floats(new float[3], 3, 1), file.floats(new float[3], 3)});
    int output =
        file.operator(TfliteOperators.SOFTMAX, "softmax", new int[] {1, 3}, new int[] {scores});
    return file.build(image, output);
  }
}
