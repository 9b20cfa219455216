package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.v1.Cell;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Fusion;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Image;
import dev.sightline.v1.Localisation;
import dev.sightline.v1.Method;
import dev.sightline.v1.Noise;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.OutputSize;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RandomMasks;
import dev.sightline.v1.RawImage;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Scaling;
import dev.sightline.v1.Selection;
import dev.sightline.v1.Sigma;
import dev.sightline.v1.SigmaSource;
import dev.sightline.v1.SizeReference;
import dev.sightline.v1.Upsampling;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PlannerTest {
  private final FakeClock clock = new FakeClock();
  private final PixelModel model = new PixelModel(4);
  private final Batcher batcher = new Batcher(BatchLimits.DEFAULT, clock);

  private Explanation explain(ExplainOptions.Builder options, Image image) throws Exception {
    List<Explanation> answers = new ArrayList<>();
    model
        .planner()
        .plan(options.build())
        .submit(batcher.single(), image, clock.getAsLong(), answer -> answers.add(answer.build()));
    Worker worker = batcher.worker();
    while (worker.step()) {}
    assertThat(answers).hasSize(1);
    return answers.get(0);
  }

  private static ExplainOptions.Builder options() {
    return ExplainOptions.newBuilder();
  }

  private static ClassChoice.Builder choice() {
    return ClassChoice.newBuilder();
  }

  private static Image grey(int width, int height) {
    return Image.newBuilder()
        .setRaw(
            RawImage.newBuilder()
                .setWidth(width)
                .setHeight(height)
                .setFormat(PixelFormat.PIXEL_FORMAT_GREY)
                .setData(ByteString.copyFrom(new byte[width * height])))
        .build();
  }

  @Test
  void emptyOptionsGiveTheGradCamOfTheMostProbableClassAtTheDefaultLayer() throws Exception {
    Explanation answer = explain(options(), PixelModel.image(-2));
    assertThat(answer.getOutcome()).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(answer.getModel()).isEqualTo("pixel");
    assertThat(answer.getPredictionsList())
        .extracting(prediction -> prediction.getLabel() + " " + prediction.getLogit())
        .containsExactly("dark 2.0", "light -2.0");
    assertThat(answer.getPredictions(0).getProbability())
        .isEqualTo((float) (1 / (1 + Math.exp(-4))));
    assertThat(answer.getHeatmapsCount()).isEqualTo(1);
    Heatmap map = answer.getHeatmaps(0);
    assertThat(map.getMethod()).isEqualTo(Method.METHOD_GRAD_CAM);
    assertThat(map.getLayer()).isEqualTo("last");
    assertThat(map.getClassLabel()).isEqualTo("dark");
    assertThat(map.getLogit()).isEqualTo(2);
    assertThat(map.getEncoding()).isEqualTo(Encoding.ENCODING_GRID_FLOAT16);
    assertThat(map.getScaling()).isEqualTo(Scaling.SCALING_NORMALISED);
    assertThat(map.getKernel().getUpsampling()).isEqualTo(Upsampling.UPSAMPLING_BILINEAR);
    assertThat(map.getValueRange().getMax()).isEqualTo(2);
  }

  @Test
  void everyMethodOfTheFirstClassComesBeforeTheSecondAndAllFromOnePass() throws Exception {
    Explanation answer =
        explain(
            options()
                .addMethods(Method.METHOD_CAM)
                .addMethods(Method.METHOD_EXTENDED_CAM)
                .addClasses(choice().setMostProbable(2))
                .addClasses(choice().setLabel("dark"))
                .addClasses(choice().setIndex(0)),
            PixelModel.image(3));
    assertThat(answer.getHeatmapsList())
        .extracting(
            map ->
                map.getMethodValue()
                    + " "
                    + map.getClassLabel()
                    + " "
                    + map.getValueRange().getMax())
        .containsExactly(
            "1 light 3.0",
            "4 light 3.0",
            "1 dark -3.0",
            "4 dark -3.0",
            "1 dark -3.0",
            "4 dark -3.0",
            "1 light 3.0",
            "4 light 3.0");
    assertThat(model.last.passes()).hasSize(1);
  }

  @Test
  void extendedCamSpraysGaussiansOfTheLayersOwnSigma() throws Exception {
    Heatmap map =
        explain(
                options().addMethods(Method.METHOD_EXTENDED_CAM).addLayers("early"),
                PixelModel.image(1))
            .getHeatmaps(0);
    assertThat(map.getLayer()).isEqualTo("early");
    assertThat(map.getKernel().getUpsampling()).isEqualTo(Upsampling.UPSAMPLING_GAUSSIAN);
    assertThat(map.getKernel().getSigma()).isEqualTo(Sigma.newBuilder().setX(1).setY(2).build());
    assertThat(map.getKernel().getSigmaSource()).isEqualTo(SigmaSource.SIGMA_SOURCE_MODEL);
  }

  @Test
  void sigmaOfTheRequestTakesThePlaceOfTheLayers() throws Exception {
    Sigma sigma = Sigma.newBuilder().setX(9).setY(8).build();
    Heatmap map =
        explain(
                options().setUpsampling(Upsampling.UPSAMPLING_GAUSSIAN).setSigma(sigma),
                PixelModel.image(1))
            .getHeatmaps(0);
    assertThat(map.getKernel().getSigma()).isEqualTo(sigma);
    assertThat(map.getKernel().getSigmaSource()).isEqualTo(SigmaSource.SIGMA_SOURCE_REQUEST);
  }

  @Test
  void mapsCanHaveTheSizeOfTheImageThatWasSent() throws Exception {
    OutputSize original =
        OutputSize.newBuilder().setReference(SizeReference.SIZE_REFERENCE_ORIGINAL).build();
    Explanation answer =
        explain(
            options().setOutputSize(original).setEncoding(Encoding.ENCODING_OVERLAY_PNG),
            grey(30, 20));
    assertThat(answer.getOutcome()).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(answer.getImageWidth()).isEqualTo(30);
    assertThat(answer.getHeatmaps(0).getWidth()).isEqualTo(30);
    assertThat(answer.getHeatmaps(0).getHeight()).isEqualTo(20);
    assertThat(answer.getHeatmaps(0).getData().isEmpty()).isFalse();
  }

  @Test
  void imageTooLongForMapsOfItsOwnSizeIsAnsweredWithThatProblem() throws Exception {
    OutputSize original =
        OutputSize.newBuilder().setReference(SizeReference.SIZE_REFERENCE_ORIGINAL).build();
    Explanation answer = explain(options().setOutputSize(original), grey(8193, 1));
    assertThat(answer.getOutcome()).isEqualTo(Outcome.OUTCOME_INVALID_OPTIONS);
    assertThat(answer.getProblem().getMetadataMap()).containsEntry("option", "output_size");
  }

  @Test
  void gridsCountWithTheirCellsAndNotWithTheSizeTheyAreExpandedTo() throws Exception {
    ExplainOptions.Builder large =
        options()
            .addMethods(Method.METHOD_GRADIENT)
            .addMethods(Method.METHOD_GRAD_CAM)
            .addClasses(choice().setMostProbable(2))
            .setOutputSize(given(8192, 8192));
    Explanation answer = explain(large, PixelModel.image(1));
    assertThat(answer.getHeatmapsList())
        .extracting(map -> map.getWidth() + " from " + map.getGridWidth())
        .hasSize(4)
        .containsOnly("8192 from 1");

    assertThat(refusal(new PlanLimits(3, 100, 100), large))
        .contains("4 grids of 4 cells in all were asked for; one answer may hold 3");
  }

  @Test
  void imageThatWouldHoldTooMuchMemoryIsRefused() throws Exception {
    ExplainOptions.Builder options =
        options().addMethods(Method.METHOD_SMOOTH_GRAD).setNoise(Noise.newBuilder().setSamples(2));
    // A gradient beside its place, and three averages of it in double.
    assertThat(planner(new PlanLimits(100, 100, 32)).plan(options.build()).frames()).isEqualTo(3);
    assertThat(refusal(new PlanLimits(100, 100, 31), options)).contains("would be held");
    assertThat(refusal(new PlanLimits(100, 100, 63), options.setFlipSmoothing(true)))
        .contains("would be held");
  }

  private Planner planner(PlanLimits limits) {
    return new Planner(model, new ImageReader(ImageLimits.DEFAULT), limits);
  }

  private String refusal(PlanLimits limits, ExplainOptions.Builder options) {
    return catchThrowableOfType(RefusedException.class, () -> planner(limits).plan(options.build()))
        .refusal()
        .message();
  }

  @Test
  void overlayOfATensorIsAnsweredWithThatProblem() throws Exception {
    Explanation answer =
        explain(options().setEncoding(Encoding.ENCODING_OVERLAY_JPEG), PixelModel.image(1));
    assertThat(answer.getOutcome()).isEqualTo(Outcome.OUTCOME_INVALID_OPTIONS);
    assertThat(answer.getProblem().getReason()).isEqualTo(Reason.REASON_INVALID_OPTION);
    assertThat(answer.getProblem().getMetadataMap()).containsEntry("option", "encoding");
  }

  @Test
  void imageThatCannotBeUsedIsAnsweredWithItsOwnProblem() throws Exception {
    Explanation answer = explain(options(), PixelModel.image(Float.NaN));
    assertThat(answer.getOutcome()).isEqualTo(Outcome.OUTCOME_INVALID_IMAGE);
    assertThat(answer.getProblem().getReason()).isEqualTo(Reason.REASON_TENSOR_NOT_FINITE);
    assertThat(explain(options(), Image.getDefaultInstance()).getProblem().getReason())
        .isEqualTo(Reason.REASON_IMAGE_EMPTY);
  }

  static Stream<Arguments> optionsThatCannotBeMet() {
    Duration second = Duration.newBuilder().setSeconds(1).build();
    return Stream.of(
        Arguments.of(options().setModel("x"), Reason.REASON_UNKNOWN_MODEL, "there are: pixel"),
        Arguments.of(
            options().addLayers("x"),
            Reason.REASON_UNKNOWN_LAYER,
            "Model pixel: there is no layer 'x'."),
        Arguments.of(
            options().addClasses(choice().setIndex(2)), Reason.REASON_UNKNOWN_CLASS, "0 to 1"),
        Arguments.of(
            options().addClasses(choice().setIndex(-1)), Reason.REASON_UNKNOWN_CLASS, "4294967295"),
        Arguments.of(
            options().addClasses(choice().setLabel("dim")), Reason.REASON_UNKNOWN_CLASS, "dim"),
        Arguments.of(
            options().addClasses(choice().setMostProbable(3)),
            Reason.REASON_INVALID_OPTION,
            "can give 1 to 2"),
        Arguments.of(
            options().addClasses(choice().setMostProbable(0)),
            Reason.REASON_INVALID_OPTION,
            "can give 1 to 2"),
        Arguments.of(options().addClasses(choice()), Reason.REASON_INVALID_OPTION, "empty"),
        Arguments.of(
            options()
                .addAllClasses(java.util.Collections.nCopies(33, choice().setIndex(1).build())),
            Reason.REASON_INVALID_OPTION,
            "More than 32"),
        Arguments.of(options().addMethodsValue(99), Reason.REASON_UNKNOWN_METHOD, "Number 99"),
        Arguments.of(options().addMethodsValue(0), Reason.REASON_UNKNOWN_METHOD, "UNSPECIFIED"),
        Arguments.of(
            options().addMethodsValue(2).addMethodsValue(2), Reason.REASON_INVALID_OPTION, "twice"),
        Arguments.of(
            options().addLayers("early").addMethods(Method.METHOD_CAM),
            Reason.REASON_UNSUPPORTED_METHOD,
            "Layers that can: last"),
        Arguments.of(
            options().addLayers("early").addMethods(Method.METHOD_RECIPRO_CAM),
            Reason.REASON_UNSUPPORTED_METHOD,
            "a shortcut bypasses early. Layers that can: last."),
        Arguments.of(
            options().addMethods(Method.METHOD_HIGH_RES_CAM),
            Reason.REASON_UNSUPPORTED_METHOD,
            "cannot give METHOD_HIGH_RES_CAM: it has no expansion network. No other layer can."),
        Arguments.of(
            options().addMethods(Method.METHOD_GUIDED_GRAD_CAM),
            Reason.REASON_UNSUPPORTED_METHOD,
            "its activation is smooth. No other layer can."),
        Arguments.of(
            options().addMethods(Method.METHOD_GUIDED_BACKPROPAGATION),
            Reason.REASON_UNSUPPORTED_METHOD,
            "cannot give METHOD_GUIDED_BACKPROPAGATION: its activation is smooth."),
        Arguments.of(
            options().setLocalisation(Localisation.newBuilder().setThreshold(1.5f)),
            Reason.REASON_INVALID_OPTION,
            "above 0 and at most 1"),
        Arguments.of(
            options().setLocalisation(Localisation.newBuilder().setThreshold(Float.NaN)),
            Reason.REASON_INVALID_OPTION,
            "localisation.threshold is NaN"),
        Arguments.of(
            options().addLayers("last").addLayers("last"), Reason.REASON_INVALID_OPTION, "twice"),
        Arguments.of(
            options().addAllLayers(java.util.Collections.nCopies(17, "last")),
            Reason.REASON_INVALID_OPTION,
            "at most 16"),
        Arguments.of(
            options().setSelection(Selection.newBuilder().addFilters(1)),
            Reason.REASON_INVALID_OPTION,
            "layer last has filters 0 to 0"),
        Arguments.of(
            options().setSelection(Selection.newBuilder().addFilters(-1)),
            Reason.REASON_INVALID_OPTION,
            "Filter 4294967295"),
        Arguments.of(
            options().setSelection(Selection.newBuilder().addSubset(Cell.newBuilder().setRow(1))),
            Reason.REASON_INVALID_OPTION,
            "rows are 0 to 0"),
        Arguments.of(
            options().setSelection(Selection.newBuilder().setRegion(true)),
            Reason.REASON_INVALID_OPTION,
            "two corners"),
        Arguments.of(
            options()
                .addMethods(Method.METHOD_SCORE_CAM)
                .setSelection(Selection.newBuilder().addFilters(0)),
            Reason.REASON_INVALID_OPTION,
            "nothing can be selected"),
        Arguments.of(
            options().setSelection(Selection.newBuilder().addFilters(0).addFilters(0)),
            Reason.REASON_INVALID_OPTION,
            "Filter 0 is listed twice"),
        Arguments.of(
            options()
                .setSelection(
                    Selection.newBuilder()
                        .addAllSubset(java.util.Collections.nCopies(3, Cell.getDefaultInstance()))),
            Reason.REASON_INVALID_OPTION,
            "3 cells were given; layer last has 1 x 1"),
        Arguments.of(
            options()
                .setFusion(Fusion.FUSION_MAX)
                .setSelection(Selection.newBuilder().addFilters(0)),
            Reason.REASON_INVALID_OPTION,
            "filters are maps of their own"),
        Arguments.of(options().setFusionValue(9), Reason.REASON_INVALID_OPTION, "9 is no fusion"),
        Arguments.of(
            options().setNoise(Noise.newBuilder().setStdDev(-1)),
            Reason.REASON_INVALID_OPTION,
            "noise.std_dev is -1.0"),
        Arguments.of(
            options().setNoise(Noise.newBuilder().setStdDev(Float.NaN)),
            Reason.REASON_INVALID_OPTION,
            "noise.std_dev is NaN"),
        Arguments.of(
            options().setNoise(Noise.newBuilder().setSamples(-1)),
            Reason.REASON_INVALID_OPTION,
            "4294967295"),
        Arguments.of(
            options()
                .addMethods(Method.METHOD_SMOOTH_GRAD)
                .setNoise(Noise.newBuilder().setSamples(4096)),
            Reason.REASON_INVALID_OPTION,
            "4097 frames would be computed for each image; this server computes at most 4096"),
        Arguments.of(
            options()
                .addMethods(Method.METHOD_RISE)
                .setFlipSmoothing(true)
                .setRandomMasks(RandomMasks.newBuilder().setCount(Integer.MAX_VALUE)),
            Reason.REASON_INVALID_OPTION,
            "4294967296 frames"),
        Arguments.of(
            options().setProgressInterval(Duration.getDefaultInstance()),
            Reason.REASON_INVALID_OPTION,
            "progress_interval"),
        Arguments.of(
            options().setSigma(Sigma.newBuilder().setX(0).setY(1)),
            Reason.REASON_INVALID_OPTION,
            "positive and finite"),
        Arguments.of(
            options().setSigma(Sigma.newBuilder().setX(1).setY(Float.NaN)),
            Reason.REASON_INVALID_OPTION,
            "NaN"),
        Arguments.of(
            options().setOutputSize(given(0, 5)), Reason.REASON_INVALID_OPTION, "1 to 8192"),
        Arguments.of(
            options().setOutputSize(given(5, 8193)), Reason.REASON_INVALID_OPTION, "1 to 8192"),
        Arguments.of(
            options().setOutputSize(OutputSize.newBuilder().setWidth(5)),
            Reason.REASON_INVALID_OPTION,
            "SIZE_REFERENCE_GIVEN"),
        Arguments.of(
            options().setOutputSize(OutputSize.newBuilder().setReferenceValue(9)),
            Reason.REASON_INVALID_OPTION,
            "9"),
        Arguments.of(
            options()
                .setOutputSize(given(8192, 8192))
                .setEncoding(Encoding.ENCODING_GREY_PNG)
                .addClasses(choice().setMostProbable(2)),
            Reason.REASON_INVALID_OPTION,
            "2 maps"),
        Arguments.of(options().setEncodingValue(99), Reason.REASON_INVALID_OPTION, "encoding"),
        Arguments.of(options().setScalingValue(99), Reason.REASON_INVALID_OPTION, "scaling"),
        Arguments.of(options().setUpsamplingValue(99), Reason.REASON_INVALID_OPTION, "upsampling"),
        Arguments.of(options().setPredictions(1001), Reason.REASON_INVALID_OPTION, "1000"),
        Arguments.of(options().setPredictions(-1), Reason.REASON_INVALID_OPTION, "4294967295"),
        Arguments.of(
            options().setMaxAge(Duration.getDefaultInstance()),
            Reason.REASON_INVALID_OPTION,
            "positive"),
        Arguments.of(
            options().setMaxAge(second.toBuilder().setSeconds(-1)),
            Reason.REASON_INVALID_OPTION,
            "positive"),
        Arguments.of(
            options().setMaxAge(second.toBuilder().setNanos(-1)),
            Reason.REASON_INVALID_OPTION,
            "positive"),
        Arguments.of(
            options().setUnchangedWithin(-1),
            Reason.REASON_INVALID_OPTION,
            "unchanged_within is -1.0; it must be from 0 to 255 grey levels."),
        Arguments.of(options().setUnchangedWithin(Float.NaN), Reason.REASON_INVALID_OPTION, "NaN"),
        Arguments.of(
            options().setUnchangedWithin(Float.POSITIVE_INFINITY),
            Reason.REASON_INVALID_OPTION,
            "Infinity"),
        Arguments.of(options().setUnchangedWithin(255.5f), Reason.REASON_INVALID_OPTION, "255.5"));
  }

  private static OutputSize given(int width, int height) {
    return OutputSize.newBuilder()
        .setReference(SizeReference.SIZE_REFERENCE_GIVEN)
        .setWidth(width)
        .setHeight(height)
        .build();
  }

  @ParameterizedTest
  @MethodSource("optionsThatCannotBeMet")
  void optionsThatCannotBeMetAreRefusedWithTheReasonInWords(
      ExplainOptions.Builder options, Reason reason, String words) {
    RefusedException refused =
        catchThrowableOfType(RefusedException.class, () -> model.planner().plan(options.build()));
    assertThat(refused.refusal().reason()).isEqualTo(reason);
    assertThat(refused.refusal().message()).contains(words);
    assertThat(refused.refusal().outcome()).isEqualTo(Outcome.OUTCOME_INVALID_OPTIONS);
    assertThat(refused.refusal().metadata()).isNotEmpty();
  }

  @Test
  void veryLongMaximumAgesAreNoBound() throws Exception {
    Explanation answer =
        explain(
            options().setMaxAge(Duration.newBuilder().setSeconds(315_576_000_000L)),
            PixelModel.image(1));
    assertThat(answer.getOutcome()).isEqualTo(Outcome.OUTCOME_EXPLAINED);
  }

  @Test
  void clientsOwnWordsAreCutInARefusal() {
    RefusedException refused =
        catchThrowableOfType(
            RefusedException.class,
            () -> model.planner().plan(options().setModel("x".repeat(100_000)).build()));
    assertThat(refused.refusal().message()).hasSize(2000);
    assertThat(refused.refusal().metadata().get("model")).hasSize(200);
  }
}
