package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.HeatmapReader;
import dev.sightline.heatmap.Plane;
import dev.sightline.server.model.PulledModels;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Image;
import dev.sightline.v1.Method;
import dev.sightline.v1.OutputSize;
import dev.sightline.v1.Prediction;
import dev.sightline.v1.SizeReference;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ImageNet networks as they were pulled, on photographs whose content is known. */
class RealWeightsTest {
  private static RunningServer server;
  private static ManagedChannel channel;
  private static ExplanationServiceGrpc.ExplanationServiceBlockingStub explanations;

  @BeforeAll
  static void start() throws IOException {
    server =
        RunningServer.start(
            LoopbackConfig.onPort(0),
            List.of(PulledModels.require("mobilenet-v1"), PulledModels.require("resnet50")));
    channel = NettyChannelBuilder.forTarget(server.address()).usePlaintext().build();
    explanations =
        ExplanationServiceGrpc.newBlockingStub(channel).withDeadlineAfter(5, TimeUnit.MINUTES);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      channel.shutdownNow();
      server.close();
    }
  }

  @Test
  void mobileNetSeesACatAndGradCamPointsAtIt() throws IOException {
    Explanation answer =
        explain("djl_kitten.jpg", options("mobilenet-v1", Method.METHOD_GRAD_CAM).build());

    assertThat(answer.getPredictionsList().subList(0, 3))
        .extracting(Prediction::getLabel)
        .contains("Egyptian cat", "tabby");
    int[] peak = peak(HeatmapReader.plane(answer.getHeatmaps(0)));
    // The kitten fills this box of the photograph of 450 x 300 pixels.
    assertThat(peak[0]).isBetween(158, 392);
    assertThat(peak[1]).isBetween(12, 265);
  }

  @ParameterizedTest
  @CsvSource({"bull mastiff, 0, 0.5", "tiger cat, 0.5, 1"})
  void resNetFindsTheDogAboveAndTheCatBelow(String label, double from, double to)
      throws IOException {
    ExplainOptions options =
        options("resnet50", Method.METHOD_GRAD_CAM, Method.METHOD_EXTENDED_CAM)
            .addClasses(ClassChoice.newBuilder().setLabel(label))
            .build();

    for (Heatmap map : explain("both.png", options).getHeatmapsList()) {
      Plane plane = HeatmapReader.plane(map);
      double peak = (peak(plane)[1] + 0.5) / plane.height();
      assertThat(peak).as("%s for %s", map.getMethod(), label).isBetween(from, to);
    }
  }

  @ParameterizedTest
  @CsvSource({"mobilenet-v1, djl_kitten.jpg", "resnet50, both.png"})
  void camIsGradCamUpToItsFactorAndReLU(String model, String photo) throws IOException {
    Explanation answer =
        explain(
            photo,
            options(model, Method.METHOD_CAM, Method.METHOD_GRAD_CAM)
                .setEncoding(Encoding.ENCODING_GRID_FLOAT32)
                .build());
    Grid cam = HeatmapReader.grid(answer.getHeatmaps(0));
    Grid gradCam = HeatmapReader.grid(answer.getHeatmaps(1));
    int cells = cam.height() * cam.width();
    assertThat(cells).isEqualTo(49);
    for (int i = 0; i < cells; i++) {
      assertThat((double) gradCam.values()[i])
          .isCloseTo(
              Math.max(0, cam.values()[i]) / (double) cells, Offset.offset(1e-6 * gradCam.max()));
    }
  }

  private static ExplainOptions.Builder options(String model, Method... methods) {
    return ExplainOptions.newBuilder()
        .setModel(model)
        .addAllMethods(List.of(methods))
        .setOutputSize(OutputSize.newBuilder().setReference(SizeReference.SIZE_REFERENCE_ORIGINAL));
  }

  private static Explanation explain(String photo, ExplainOptions options) throws IOException {
    try (InputStream file = RealWeightsTest.class.getResourceAsStream("/photos/" + photo)) {
      assertThat(file).isNotNull();
      Image image = Image.newBuilder().setEncoded(ByteString.readFrom(file)).build();
      return explanations
          .explain(ExplainRequest.newBuilder().setOptions(options).setImage(image).build())
          .getExplanation();
    }
  }

  /** Column and row of the largest value. */
  private static int[] peak(Plane plane) {
    int best = 0;
    for (int i = 0; i < plane.values().length; i++) {
      if (plane.values()[i] > plane.values()[best]) {
        best = i;
      }
    }
    return new int[] {best % plane.width(), best / plane.width()};
  }
}
