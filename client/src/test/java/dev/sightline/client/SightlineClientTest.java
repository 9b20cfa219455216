package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.heatmap.Plane;
import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.PixelFormat;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SightlineClientTest {
  private final FakeServer server;
  private final SightlineClient client;

  SightlineClientTest() throws IOException {
    server = FakeServer.onLoopback();
    client = SightlineClient.connect(server.address());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void anImageIsExplainedInEveryFormItMayTake(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("a.png"), Pictures.png(20, 10));
    BufferedImage buffered = Photos.image(Pictures.photo(20, 10));
    byte[] rgb = new byte[20 * 10 * 3];

    for (Image image :
        new Image[] {
          Image.of(file),
          Image.encoded(Pictures.png(20, 10)),
          Image.of(buffered),
          Image.raw(20, 10, 60, PixelFormat.PIXEL_FORMAT_RGB, rgb)
        }) {
      Explanation explanation = client.explain(image);
      assertThat(explanation.top().label()).isEqualTo("tabby");
      assertThat(explanation.imageWidth()).isEqualTo(20);
      BufferedImage overlay = explanation.heatmap().overlay();
      assertThat(overlay.getWidth()).isEqualTo(20);
      assertThat(overlay.getHeight()).isEqualTo(10);
    }
    assertThat(client.explain(file).timing().total()).isEqualTo(Duration.ofMillis(5));
  }

  @Test
  void aTensorIsExplainedButHasNoPictureOfItsOwn() {
    Heatmap heatmap = client.explain(Image.tensor(3, 8, 8, new float[] {2, 0, 0})).heatmap();
    assertThat(heatmap.grid().at(0, 0)).isCloseTo(4, Offset.offset(0.002f));
    assertThatThrownBy(heatmap::overlay)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a tensor has no pixels to draw over");
  }

  @Test
  void everyMethodAndClassHasItsHeatmap() {
    Explanation explanation =
        client.explain(
            Image.encoded(Pictures.png(8, 8)),
            Options.builder()
                .methods(Method.GRAD_CAM, Method.EXTENDED_CAM)
                .classIndex(3)
                .classLabel("espresso")
                .encoding(Encoding.GRID_FLOAT32)
                .sigma(3, 4)
                .build());

    assertThat(explanation.heatmaps())
        .extracting(map -> map.method().title() + " of " + map.label())
        .containsExactly(
            "Grad-CAM of cup",
            "Extended-CAM of cup",
            "Grad-CAM of espresso",
            "Extended-CAM of espresso");
    Heatmap extended = explanation.heatmap(Method.EXTENDED_CAM);
    assertThat(extended.grid().values()).isEqualTo(FakeAnswers.grid(3, 1).values());
    assertThat(extended.kernel().getSigma().getY()).isEqualTo(4);
    assertThat(extended.max()).isEqualTo(2);
    assertThat(extended.isFlagged()).isFalse();
    assertThat(extended).hasToString("Extended-CAM of cup at conv_pw_13, 3 x 3 cells");
  }

  @Test
  void everyLayerAndFilterHasItsHeatmap() {
    Options.Builder options =
        Options.builder()
            .methods(Method.GRAD_CAM, Method.RISE)
            .layers(FakeAnswers.EARLY_LAYER, FakeAnswers.LAYER)
            .filters(3, 17);
    Explanation explanation = client.explain(Image.encoded(Pictures.png(8, 8)), options.build());

    assertThat(explanation.heatmaps())
        .extracting(Heatmap::toString)
        .containsExactly(
            "Grad-CAM of tabby at early/conv_pw_5:0, filter 3, 3 x 3 cells",
            "Grad-CAM of tabby at early/conv_pw_5:0, filter 17, 3 x 3 cells",
            "Grad-CAM of tabby at conv_pw_13, filter 3, 3 x 3 cells",
            "Grad-CAM of tabby at conv_pw_13, filter 17, 3 x 3 cells",
            "RISE of tabby, 3 x 3 cells");
    assertThat(explanation.heatmap().filter()).hasValue(3);
    assertThat(explanation.heatmap().isPixelLevel()).isFalse();
    assertThat(explanation.heatmap(Method.RISE).filter()).isEmpty();
    assertThat(explanation.heatmap(Method.RISE).isPixelLevel()).isTrue();
    assertThat(explanation.timing().frames()).isEqualTo(7);
  }

  @Test
  void fusedLayersAreNamedInPlaceOfTheOne() {
    Heatmap fused =
        client
            .explain(
                Image.encoded(Pictures.png(8, 8)),
                Options.builder()
                    .layers(FakeAnswers.EARLY_LAYER, FakeAnswers.LAYER)
                    .fuse(Fusion.MEAN)
                    .build())
            .heatmap();
    assertThat(fused.layer()).isEmpty();
    assertThat(fused.fusedLayers()).containsExactly(FakeAnswers.EARLY_LAYER, FakeAnswers.LAYER);
    assertThat(fused.isPixelLevel()).isTrue();
    assertThat(fused)
        .hasToString("Grad-CAM of tabby at early/conv_pw_5:0 and conv_pw_13, 3 x 3 cells");
  }

  @Test
  void pixelsComeInTheAnswersSizeOrAnyOther() {
    Heatmap heatmap =
        client
            .explain(
                Image.encoded(Pictures.png(16, 12)),
                Options.builder().sizeOfOriginal().encoding(Encoding.GRID_FLOAT32).build())
            .heatmap();
    Plane pixels = heatmap.pixels();
    assertThat(pixels.width()).isEqualTo(16);
    assertThat(pixels.height()).isEqualTo(12);
    assertThat(pixels.min()).isZero();
    assertThat(pixels.max()).isEqualTo(1);
    assertThat(heatmap.pixels(5, 7).height()).isEqualTo(7);
  }

  @Test
  void anOverlayThatTravelledCannotBeReadAsNumbers() {
    Heatmap heatmap =
        client
            .explain(
                Image.encoded(Pictures.png(16, 12)),
                Options.builder().encoding(Encoding.OVERLAY_PNG).size(32, 24).build())
            .heatmap();
    assertThat(heatmap.overlay().getWidth()).isEqualTo(32);
    assertThatThrownBy(heatmap::pixels).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(heatmap::grid)
        .hasMessage("a map that travelled as OVERLAY_PNG has lost its grid; ask for GRID_FLOAT32");
  }

  @Test
  void theServersReasonAndItsFactsArriveWithTheException() {
    assertThatThrownBy(
            () ->
                client.explain(
                    Image.encoded(Pictures.png(4, 4)), Options.builder().layers("conv_99").build()))
        .isInstanceOfSatisfying(
            SightlineException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.UNKNOWN_LAYER);
              assertThat(e).hasMessage("fake-net has no layer \"conv_99\"");
              assertThat(e.metadata()).isEqualTo(Map.of("layer", "conv_99"));
            });
    assertThatThrownBy(() -> client.model("other"))
        .isInstanceOfSatisfying(
            SightlineException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNKNOWN_MODEL));
  }

  @Test
  void imagesThatAreNeverSentDoNotDisturbTheBatch() {
    List<Image> images = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      images.add(i % 3 == 0 ? Image.of(Path.of("missing.jpg")) : Image.encoded(Pictures.png(8, 8)));
    }
    try (Stream<Answer> answers = client.explainAll(images, Options.defaults())) {
      assertThat(answers.filter(Answer::isExplained)).hasSize(66);
    }
  }

  @Test
  void framesThatTheNetworkDoesNotTakeAreSupersededAndTheStreamGoesOn() throws Exception {
    server.scripted();
    Image large = Image.of(new BufferedImage(200, 200, BufferedImage.TYPE_3BYTE_BGR));
    List<Answer> answers = new ArrayList<>();
    LiveStream live = client.live(Options.defaults(), answers::add);
    FakeServer.Call call = server.nextCall();
    for (int i = 0; i < 200; i++) {
      live.send(large);
    }
    CompletableFuture<Void> closed = CompletableFuture.runAsync(live::close);
    int sent = 0;
    call.read(300);
    for (long sequence = 0; sequence < 200; ) {
      ExplainStreamRequest request = call.next();
      if (request.hasFrame()) {
        sequence = request.getFrame().getSequence();
        call.explain(sequence);
        sent++;
      }
    }
    assertThat(FakeServer.taken(call.ends)).isEqualTo("completed");
    call.complete();
    closed.get(10, TimeUnit.SECONDS);

    assertThat(sent).isLessThan(100);
    assertThat(answers).hasSize(200);
    assertThat(answers).extracting(Answer::sequence).isSorted().doesNotHaveDuplicates();
    assertThat(answers.stream().filter(Answer::isExplained)).hasSize(sent);
  }

  @Test
  void modelsAreListedAndDescribed() {
    assertThat(client.models())
        .containsExactly(new ModelSummary("fake-net", "Five classes", true, 5));
    Model model = client.model("");
    assertThat(model.labels()).startsWith("tabby");
    assertThat(model.layer(FakeAnswers.EARLY_LAYER).orElseThrow().methods())
        .containsExactly(Method.GRAD_CAM);
    assertThat(model.layer("").orElseThrow().name()).isEqualTo(FakeAnswers.LAYER);
    assertThat(model.layer("conv_99")).isEmpty();
    assertThat(model.methods()).containsExactly(Method.RISE);
  }

  @Test
  void aServerThatIsNotThereIsNamed() {
    String address = server.address();
    server.close();
    assertThatThrownBy(() -> client.models())
        .isInstanceOf(SightlineException.class)
        .hasMessageStartingWith("no server answers at " + address)
        .returns(Reason.UNAVAILABLE, e -> ((SightlineException) e).reason());
  }

  @Test
  void anAddressWithoutAPortIsRefused() {
    for (String address : new String[] {"localhost", "localhost:", "a b:80", ":80", "h:80/x"}) {
      assertThatThrownBy(() -> SightlineClient.connect(address))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(address);
    }
    SightlineClient.connect("[::1]:80").close();
  }
}
