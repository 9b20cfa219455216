package dev.sightline.server.model.field;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.ColorMap;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.graph.GraphException;
import dev.sightline.server.graph.ReceptiveField;
import dev.sightline.server.image.ImageException;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.model.BoxNetwork;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ModelStore;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FieldMeterTest {
  private static final int SIDE = BoxNetwork.SIDE;
  private static final int CENTRE = SIDE / 2;

  @TempDir private Path home;
  private ModelFolder model;

  @BeforeEach
  void install() {
    model = BoxNetwork.install(new ModelStore(home), "boxes");
  }

  /** By the central limit theorem a box convolved with itself is soon a Gaussian. */
  @Test
  void stackOfEqualConvolutionsSeesAGaussianOfTheTheoreticalSigma() throws IOException {
    Influence influence = measure("relu12", 2);
    GaussianFit fit = GaussianFit.of(influence);
    ReceptiveField theory = model.graph().receptiveField("relu12");
    assertThat(theory.sigmaX()).isCloseTo(Math.sqrt(12 * 8 / 12.0), within(1e-9));
    assertThat(fit.gaussian().sigmaX()).isCloseTo(theory.sigmaX(), within(0.06));
    assertThat(fit.gaussian().sigmaY()).isCloseTo(fit.gaussian().sigmaX(), within(1e-4));
    assertThat(fit.gaussian().centreX()).isCloseTo(CENTRE + 0.5, within(1e-3));
    assertThat(fit.gaussian().centreY()).isCloseTo(CENTRE + 0.5, within(1e-3));
    assertThat(fit.rSquared()).isGreaterThan(0.999);
    assertThat(fit.chance()).as("all images give the same").isLessThan(1e-6);
  }

  @Test
  void influenceIsTheBoxConvolvedWithItself() throws IOException {
    Influence influence = measure("relu5", 1);
    double[] line = {1};
    for (int i = 0; i < 5; i++) {
      double[] wider = new double[line.length + 2];
      for (int j = 0; j < wider.length; j++) {
        for (int k = Math.max(0, j - 2); k <= Math.min(line.length - 1, j); k++) {
          wider[j] += line[k] / 3;
        }
      }
      line = wider;
    }
    int reach = line.length / 2;
    for (int i = 0; i < influence.values().length; i++) {
      int dx = i % SIDE - CENTRE + reach;
      int dy = Math.floorDiv(i, SIDE) - CENTRE + reach;
      boolean seen = dx >= 0 && dx < line.length && dy >= 0 && dy < line.length;
      // Three maps at the centre, each of three colours in equal shares.
      double expected = seen ? 3 * line[dx] * line[dy] : 0;
      assertThat(influence.values()[i]).isCloseTo(expected, within(1e-6));
    }
  }

  @Test
  void magnitudesOfTheColoursAreAddedAndImagesAveraged() {
    InfluenceSum sum = new InfluenceSum(new InputShape(2, 1, 2));
    sum.add(new float[] {1, -2, -3, 4});
    sum.add(new float[] {-1, 0, 1, 0});
    Influence mean = sum.mean();
    assertThat(mean.values()).containsExactly(3, 3);
    // The variance of {4, 2} and of {6, 0}, over two images.
    assertThat(mean.variances()).containsExactly(1, 9);
    assertThat(mean.images()).isEqualTo(2);
  }

  @Test
  void whatIsNoImageDoesNotCount() throws IOException {
    try (FieldMeter meter = open("relu3")) {
      assertThatExceptionOfType(ModelException.class)
          .isThrownBy(meter::field)
          .withMessage("no image could be used");
      assertThatExceptionOfType(ImageException.class)
          .isThrownBy(() -> meter.add(ByteString.copyFromUtf8("no image")));
      meter.add(photo(1));
      assertThat(meter.images()).isEqualTo(1);
      assertThat(meter.field().images()).isEqualTo(1);
    }
  }

  @Test
  void inputItselfHasNoField() {
    assertThatExceptionOfType(GraphException.class)
        .isThrownBy(() -> open("input"))
        .withMessage("'input' is the input itself");
  }

  @Test
  void pictureShowsMeasurementAndFitInTheSameColours() throws IOException {
    Influence influence = measure("relu12", 1);
    Gaussian gaussian = GaussianFit.of(influence).gaussian();
    BufferedImage picture = FieldPicture.draw(influence, gaussian, "title", "subtitle");
    int side = 450;
    int left = 42;
    int top = 138;
    int second = left + side + 33;
    int middle = (int) (side * (CENTRE + 0.5) / SIDE);
    for (int panel : new int[] {left, second}) {
      assertClose(picture.getRGB(panel + middle, top + middle), ColorMap.rgb(1));
      assertClose(picture.getRGB(panel + 5, top + 5), ColorMap.rgb(0));
      int off = (int) (side * (CENTRE + 4.5) / SIDE);
      float value = (float) (gaussian.at(CENTRE + 4.5, CENTRE + 0.5) / gaussian.amplitude());
      assertClose(picture.getRGB(panel + off, top + middle), ColorMap.rgb(value));
    }
  }

  private static void assertClose(int found, int expected) {
    for (int shift = 0; shift <= 16; shift += 8) {
      assertThat(found >> shift & 0xff)
          .as("%06x beside %06x", found & 0xffffff, expected)
          .isCloseTo(expected >> shift & 0xff, within(30));
    }
  }

  private FieldMeter open(String layer) {
    return new FieldMeter(model, layer, new OnnxRuntime(EngineSettings.cpu(1)));
  }

  private Influence measure(String layer, int photos) throws IOException {
    try (FieldMeter meter = open(layer)) {
      for (int seed = 0; seed < photos; seed++) {
        meter.add(photo(seed));
      }
      return meter.field();
    }
  }

  /** Pixels that are nowhere black, where a ReLU would pass nothing. */
  static ByteString photo(int seed) throws IOException {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR);
    Random random = new Random(seed);
    for (int i = 0; i < SIDE * SIDE; i++) {
      image.setRGB(i % SIDE, Math.floorDiv(i, SIDE), 0x404040 + random.nextInt(0x404040));
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(image, "png", png);
    return ByteString.copyFrom(png.toByteArray());
  }
}
