package dev.sightline.server.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecoderTest {
  private static final ImageInput IMAGE = new ImageInput("input", 3, 224, 224);

  @ParameterizedTest
  @CsvSource({
    "MobileNet, 112 56 28 14 7, 7 14 28 56 112 224",
    "VGG, 224 112 56 28 14 7, 7 14 28 56 112 224",
    "AlexNet, 55 27 13 6, 6 13 27 55 110 224",
    "transformer, 14, 14 28 56 112 224",
    "one cell more, 112 113, 112 113 224"
  })
  void decoderClimbsTheResolutionsOfItsClassifierAndNoneIsFarFromTheNext(
      String network, String skips, String stages) {
    Decoder decoder =
        Decoder.of(
            Stream.of(skips.split(" ")).map(side -> layer(64, Integer.parseInt(side))).toList(),
            IMAGE,
            4);
    assertThat(decoder.stages())
        .as(network)
        .extracting(stage -> Integer.toString(stage.height()))
        .containsExactly(stages.split(" "));
    assertThat(decoder.stages())
        .filteredOn(stage -> stage.layer() != null)
        .allMatch(stage -> Objects.requireNonNull(stage.layer()).height() == stage.height())
        .hasSameSizeAs(skips.split(" "));
  }

  @Test
  void deeperStagesAreWiderUpToEightTimes() {
    Decoder decoder = Decoder.of(List.of(layer(9, 7), layer(9, 55)), IMAGE, 3);
    assertThat(decoder.stages())
        .extracting(stage -> stage.height() + ":" + stage.mix().out())
        .containsExactly("7:24", "14:24", "28:24", "55:12", "110:6", "224:3");
  }

  @Test
  void convolutionsShareOutTheParametersWithoutGaps() {
    Decoder decoder = Decoder.of(List.of(layer(5, 7), layer(6, 56)), IMAGE, 2);
    int offset = 0;
    for (DecoderConvolution convolution : decoder.convolutions()) {
      assertThat(convolution.offset()).isEqualTo(offset);
      offset +=
          convolution.out() * (convolution.in() * convolution.kernel() * convolution.kernel() + 1);
    }
    assertThat(decoder.parameters()).isEqualTo(offset);
  }

  @Test
  void tensorsThatDoNotGrowTogetherAreRefused() {
    assertRefused("'a' of 20 x 7", new Layer("a", "Relu", 1, 20, 7), layer(1, 9));
    assertRefused("'8' of 8 x 8", layer(1, 8), layer(2, 8));
    assertRefused("'300' of 300 x 300", layer(1, 8), layer(2, 300));
    assertRefused("there is no feature map");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Decoder.of(List.of(layer(1, 8)), IMAGE, 0));
  }

  private static void assertRefused(String message, Layer... layers) {
    assertThatExceptionOfType(GraphException.class)
        .isThrownBy(() -> Decoder.of(List.of(layers), IMAGE, 1))
        .withMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({"6, 13", "7, 14", "55, 110", "110, 224", "112, 113", "1, 5", "4, 4"})
  void upsamplingKeepsConstantsAndInsideOfTheEdgesStraightLines(int from, int to) {
    float[] rows = DecoderUpsampling.rows(from, to);
    float[] columns = DecoderUpsampling.columns(from, to);
    for (int i = 0; i < to; i++) {
      double sum = 0;
      double line = 0;
      for (int j = 0; j < from; j++) {
        assertThat(columns[j * to + i]).isEqualTo(rows[i * from + j]);
        sum += rows[i * from + j];
        line += rows[i * from + j] * (j + 0.5) / from;
      }
      assertThat(sum).isCloseTo(1, within(1e-6));
      double centre = (i + 0.5) / to;
      double clamped = Math.max(0.5 / from, Math.min(1 - 0.5 / from, centre));
      assertThat(line).isCloseTo(clamped, within(1e-6));
    }
  }

  @Test
  void writtenGraphIsOfOperatorsThatTensorRtTakesAndTellsItsMetadata() {
    Decoder decoder =
        Decoder.of(List.of(layer(5, 3), layer(4, 8)), new ImageInput("input", 3, 16, 16), 2);
    ModelProto model =
        DecoderWriter.write(decoder, new float[decoder.parameters()], Map.of("steps", "7"));
    for (NodeProto node : model.getGraph().getNodeList()) {
      assertThat(TensorRtOperators.take(new Node(node), Map.of())).as(node.getName()).isTrue();
    }
    assertThat(model.getGraph().getNodeList())
        .extracting(NodeProto::getOpType)
        .containsOnly("Conv", "Relu", "MatMul", "Add");
    assertThat(model.getGraph().getInputList())
        .extracting(input -> input.getName())
        .containsExactly("3", "8");
    assertThat(model.getMetadataProps(0).getKey()).isEqualTo("steps");
    assertThat(model.getMetadataProps(0).getValue()).isEqualTo("7");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DecoderWriter.write(decoder, new float[3], Map.of()))
        .withMessageContaining("3 parameters");
  }

  private static Layer layer(int channels, int side) {
    return new Layer(Integer.toString(side), "Relu", channels, side, side);
  }
}
