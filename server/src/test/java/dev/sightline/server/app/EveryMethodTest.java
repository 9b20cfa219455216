package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.GreyPng;
import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.HeatmapReader;
import dev.sightline.heatmap.Plane;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Plan;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.RefusedException;
import dev.sightline.server.batch.Worker;
import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.engine.PassShape;
import dev.sightline.server.explain.Evidence;
import dev.sightline.server.explain.Flip;
import dev.sightline.server.explain.FromEvidence;
import dev.sightline.server.explain.FromPerturbation;
import dev.sightline.server.explain.Methods;
import dev.sightline.server.explain.Moments;
import dev.sightline.server.explain.Perturbation;
import dev.sightline.server.explain.Rebuilt;
import dev.sightline.server.explain.RefinedCam;
import dev.sightline.server.explain.Scores;
import dev.sightline.server.explain.Subject;
import dev.sightline.server.explain.refine.HighResCam;
import dev.sightline.server.explain.refine.RefineSettings;
import dev.sightline.server.explain.refine.Refinement;
import dev.sightline.server.explain.refine.Stage;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ModelRepository;
import dev.sightline.server.model.TinyExpansion;
import dev.sightline.v1.Cell;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Fusion;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.HighResolution;
import dev.sightline.v1.Image;
import dev.sightline.v1.Localisation;
import dev.sightline.v1.Method;
import dev.sightline.v1.Noise;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.OutputSize;
import dev.sightline.v1.RandomMasks;
import dev.sightline.v1.RefinementStep;
import dev.sightline.v1.Selection;
import dev.sightline.v1.SizeReference;
import dev.sightline.v1.Tensor;
import dev.sightline.v1.Upsampling;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every method from options to maps on the real engine: its passes, in whatever batches, give what
 * the same passes give one after the other.
 */
class EveryMethodTest {
  private static final int SIDE = SmallModel.SIDE;
  private static final OnnxRuntime ENGINE = new OnnxRuntime(EngineSettings.cpu(4));
  private static final ExplainOptions OPTIONS =
      ExplainOptions.newBuilder()
          .addClasses(ClassChoice.newBuilder().setMostProbable(1))
          .addClasses(ClassChoice.newBuilder().setIndex(3))
          .setNoise(Noise.newBuilder().setSamples(5).setStdDev(0.2f).setSeed(11))
          .setRandomMasks(RandomMasks.newBuilder().setCount(30).setSeed(12))
          .setEncoding(Encoding.ENCODING_GRID_FLOAT32)
          .build();

  @TempDir static Path store;

  private static ModelRepository repository;
  private static Planner planner;
  private static Graph graph;

  private final Random random = new Random(5);

  @BeforeAll
  static void load() {
    Path folder = SmallModel.install(store, "small");
    TinyExpansion.beside(ModelFolder.read(folder));
    repository = ModelRepository.load(List.of(folder), ENGINE);
    planner =
        new Planner(
            new ServedCatalogue(repository),
            new ImageReader(ImageLimits.DEFAULT),
            PlanLimits.DEFAULT);
    graph = Graph.read(folder.resolve("model.onnx"));
  }

  @AfterAll
  static void close() {
    repository.close();
  }

  static Stream<Method> methods() {
    return Methods.all().stream();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void mapsDoNotDependOnWhatElseIsComputed(Method method) throws Exception {
    Plan plan = plan(OPTIONS.toBuilder().addMethods(method));
    float[] input = input();
    List<Heatmap> alone = explain(List.of(plan), List.of(input)).get(0).getHeatmapsList();
    assertThat(alone).hasSize(2);
    List<Explanation> among =
        explain(
            List.of(
                plan(OPTIONS.toBuilder().addMethods(Method.METHOD_RISE)),
                plan,
                plan(OPTIONS.toBuilder().addMethods(Method.METHOD_SMOOTH_GRAD)),
                plan(OPTIONS.toBuilder().addMethods(Method.METHOD_ABLATION_CAM)),
                plan),
            List.of(input(), input, input(), input(), input()));
    for (int i = 0; i < alone.size(); i++) {
      assertSame(grid(alone.get(i)), grid(among.get(1).getHeatmaps(i)));
    }
    // Without max pooling deconvnet sees nothing of the image but its class.
    if (method != Method.METHOD_DECONVNET) {
      assertThat(grid(among.get(4).getHeatmaps(0)).values())
          .isNotEqualTo(grid(alone.get(0)).values());
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void flipSmoothingIsTheMeanWithTheMapOfTheMirroredImage(Method method) throws Exception {
    ExplainOptions.Builder options = OPTIONS.toBuilder().addMethods(method);
    float[] input = input();
    float[] mirrored = new float[input.length];
    Flip.write(input, SIDE, FloatBuffer.wrap(mirrored), 0);
    Explanation plain = explain(options, input);
    Explanation smoothed = explain(options.clone().setFlipSmoothing(true), input);
    for (int i = 0; i < 2; i++) {
      int chosen = plain.getHeatmaps(i).getClassIndex();
      assertThat(smoothed.getHeatmaps(i).getClassIndex()).isEqualTo(chosen);
      Explanation other =
          explain(
              options.clone().clearClasses().addClasses(ClassChoice.newBuilder().setIndex(chosen)),
              mirrored);
      Grid wanted = Flip.mean(grid(plain.getHeatmaps(i)), grid(other.getHeatmaps(0)));
      assertSame(wanted, grid(smoothed.getHeatmaps(i)));
    }
    assertThat(smoothed.getTiming().getFrames()).isEqualTo(2 * plain.getTiming().getFrames());
  }

  @Test
  void selectedNeuronsStayWhereTheyAreInTheImageUnderFlipSmoothing() throws Exception {
    ExplainOptions.Builder options =
        OPTIONS.toBuilder()
            .clearClasses()
            .addClasses(ClassChoice.newBuilder().setIndex(3))
            .addMethods(Method.METHOD_EXTENDED_CAM)
            .setUpsampling(Upsampling.UPSAMPLING_BILINEAR);
    float[] input = input();
    float[] mirrored = new float[input.length];
    Flip.write(input, SIDE, FloatBuffer.wrap(mirrored), 0);
    ExplainOptions.Builder left = options.clone().setSelection(columns(0, 2));
    Grid smoothed = grid(explain(left.clone().setFlipSmoothing(true), input).getHeatmaps(0));
    Grid wanted =
        Flip.mean(
            grid(explain(left, input).getHeatmaps(0)),
            grid(explain(options.clone().setSelection(columns(5, 7)), mirrored).getHeatmaps(0)));
    assertSame(wanted, smoothed);
    assertThat(wanted.values()[0]).isNotZero();
    assertThat(wanted.values()[3]).isZero();
  }

  private static Selection columns(int first, int last) {
    return Selection.newBuilder()
        .setRegion(true)
        .addSubset(Cell.newBuilder().setColumn(first))
        .addSubset(Cell.newBuilder().setRow(7).setColumn(last))
        .build();
  }

  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"METHOD_SCORE_CAM", "METHOD_ABLATION_CAM", "METHOD_RECIPRO_CAM", "METHOD_RISE"})
  void perturbationsGiveWhatTheirVersionsGiveOneByOne(Method method) throws Exception {
    float[] input = input();
    Explanation answer = explain(OPTIONS.toBuilder().addMethods(method), input);
    FromPerturbation technique = (FromPerturbation) Methods.of(method).orElseThrow();
    try (Backend layer = ENGINE.open(graph.explain("maps"), "layer");
        Backend head = ENGINE.open(graph.head("maps"), "head");
        Backend whole = ENGINE.open(graph.inference(), "whole")) {
      PassResult clean = run(layer, input, -1);
      Evidence a = Evidence.withoutGradient(clean.activations(), 0, 16, 8, 8);
      Perturbation versions = technique.method().of(new Subject(input, 3, SIDE, SIDE, a, 30, 12));
      assertThat(answer.getTiming().getFrames()).isEqualTo(1 + versions.count());
      for (Heatmap map : answer.getHeatmapsList()) {
        int chosen = map.getClassIndex();
        float[] logits = new float[versions.count()];
        float[] probabilities = new float[versions.count()];
        for (int i = 0; i < versions.count(); i++) {
          Backend behind = technique.method().ofActivation() ? head : whole;
          float[] version = new float[behind.shape().imageSize()];
          versions.write(i, FloatBuffer.wrap(version), 0);
          float[] scores = run(behind, version).logits();
          logits[i] = scores[chosen];
          probabilities[i] = softmax(scores, chosen);
        }
        Scores scores = new Scores(logits, probabilities, clean.logits()[chosen]);
        assertSame(versions.map(scores), grid(map));
      }
    }
  }

  @Test
  void noisySamplesAreAveragedForTheClassOfTheImageItself() throws Exception {
    float[] input = input();
    Explanation answer =
        explain(
            OPTIONS.toBuilder()
                .addMethods(Method.METHOD_SMOOTH_GRAD)
                .addMethods(Method.METHOD_SMOOTH_GRAD_CAM_PLUS_PLUS),
            input);
    assertThat(answer.getTiming().getFrames()).isEqualTo(12);
    dev.sightline.server.explain.Noise noise = new dev.sightline.server.explain.Noise(0.2f, 11);
    try (Backend layer = ENGINE.open(graph.explain("maps"), "layer");
        Backend pixels = ENGINE.open(graph.explain("input"), "pixels")) {
      for (Heatmap map : answer.getHeatmapsList()) {
        boolean atInput = map.getMethod() == Method.METHOD_SMOOTH_GRAD;
        Backend backend = atInput ? pixels : layer;
        PassShape shape = backend.shape();
        Moments moments = new Moments(shape.gridSize());
        for (int sample = 0; sample < 5; sample++) {
          float[] noisy = new float[input.length];
          noise.write(input, sample, FloatBuffer.wrap(noisy), 0);
          moments.add(run(backend, noisy, map.getClassIndex()).gradients(), 0);
        }
        PassResult clean = run(backend, input, map.getClassIndex());
        Evidence evidence =
            new Evidence(
                    atInput ? input : clean.activations(),
                    0,
                    clean.gradients(),
                    0,
                    shape.gridChannels(),
                    shape.gridHeight(),
                    shape.gridWidth())
                .with(moments);
        FromEvidence technique = (FromEvidence) Methods.of(map.getMethod()).orElseThrow();
        assertSame(
            new Grid(shape.gridHeight(), shape.gridWidth(), technique.map().map(evidence)),
            grid(map));
      }
    }
  }

  @Test
  void guidedMethodsReadTheirOwnBackwardPasses() throws Exception {
    float[] input = input();
    Explanation answer =
        explain(
            OPTIONS.toBuilder()
                .addMethods(Method.METHOD_GRADIENT)
                .addMethods(Method.METHOD_GUIDED_BACKPROPAGATION)
                .addMethods(Method.METHOD_DECONVNET)
                .addMethods(Method.METHOD_GRAD_CAM)
                .addMethods(Method.METHOD_GUIDED_GRAD_CAM),
            input);
    assertThat(answer.getTiming().getFrames()).isEqualTo(4);
    for (int first = 0; first < 10; first += 5) {
      for (int i = 0; i < 3; i++) {
        Heatmap map = answer.getHeatmaps(first + i);
        FromEvidence technique = (FromEvidence) Methods.of(map.getMethod()).orElseThrow();
        assertThat(map.getLayer()).isEmpty();
        try (Backend backend =
            ENGINE.open(
                graph.explain("input", ServedTarget.rule(technique.gradients())), "pixels")) {
          float[] gradient = run(backend, input, map.getClassIndex()).gradients();
          float[] largest = new float[SIDE * SIDE];
          for (int j = 0; j < gradient.length; j++) {
            int at = j % largest.length;
            largest[at] = Math.max(largest[at], Math.abs(gradient[j]));
          }
          assertSame(new Grid(SIDE, SIDE, largest), grid(map));
        }
      }
      Plane cam = HeatmapReader.plane(raw(answer.getHeatmaps(first + 3)));
      Grid guided = grid(answer.getHeatmaps(first + 1));
      float[] product = new float[SIDE * SIDE];
      for (int j = 0; j < product.length; j++) {
        product[j] = cam.values()[j] * guided.values()[j];
      }
      assertSame(new Grid(SIDE, SIDE, product), grid(answer.getHeatmaps(first + 4)));
      assertThat(answer.getHeatmaps(first + 4).getLayer()).isEqualTo("maps");
    }
  }

  @Test
  void highResolutionCamSharesItsPassAndLeavesTheOtherMapsAsTheyAre() throws Exception {
    float[] input = input();
    ExplainOptions.Builder cam = OPTIONS.toBuilder().addMethods(Method.METHOD_GRAD_CAM);
    Explanation plain = explain(cam, input);
    Explanation answer =
        explain(
            cam.clone()
                .addMethods(Method.METHOD_HIGH_RES_CAM)
                .setHighResolution(HighResolution.newBuilder().setSteps(true)),
            input);
    RefinedCam technique = (RefinedCam) Methods.of(Method.METHOD_HIGH_RES_CAM).orElseThrow();
    assertThat(answer.getTiming().getFrames()).isEqualTo(1);
    assertThat(answer.getPredictionsList()).isEqualTo(plain.getPredictionsList());
    try (Backend layer = ENGINE.open(graph.explain("maps"), "layer")) {
      float[] maps = run(layer, input, -1).activations();
      Rebuilt rebuilt =
          new Rebuilt(
              TinyExpansion.reconstruction(maps, graph.layer("maps"), graph.input()),
              0,
              3,
              SIDE,
              SIDE);
      for (int row = 0; row < 2; row++) {
        assertThat(answer.getHeatmaps(2 * row)).isEqualTo(plain.getHeatmaps(row));
        Heatmap refined = answer.getHeatmaps(2 * row + 1);
        PassResult clean = run(layer, input, refined.getClassIndex());
        Refinement wanted =
            technique.refine(
                new Evidence(clean.activations(), 0, clean.gradients(), 0, 16, 8, 8),
                rebuilt,
                RefineSettings.DEFAULT.withStages());
        assertSame(new Grid(SIDE, SIDE, wanted.map().values()), grid(refined));
        assertThat(GreyPng.read(refined.getRefinement().getMask(), SIDE, SIDE).values())
            .isEqualTo(numbers(wanted.mask()));
        assertThat(refined.getRefinement().getOutcome().name()).endsWith(wanted.outcome().name());
        assertThat(refined.getRefinement().getStepsList())
            .extracting(RefinementStep::getName)
            .isEqualTo(wanted.stages().stream().map(Stage::name).toList())
            .hasSize(HighResCam.STAGES);
      }
    }
  }

  private static float[] numbers(boolean[] mask) {
    float[] numbers = new float[mask.length];
    for (int i = 0; i < mask.length; i++) {
      numbers[i] = mask[i] ? 1 : 0;
    }
    return numbers;
  }

  @ParameterizedTest
  @EnumSource(names = {"METHOD_SCORE_CAM", "METHOD_SMOOTH_GRAD_CAM_PLUS_PLUS"})
  void alteredImagesBesideHighResolutionCamStayWhatTheyAre(Method method) throws Exception {
    float[] input = input();
    ExplainOptions.Builder altering = OPTIONS.toBuilder().addMethods(method);
    Plan plan = plan(altering.clone().addMethods(Method.METHOD_HIGH_RES_CAM));
    Explanation alone = explain(altering, input);
    Explanation beside = explain(List.of(plan), List.of(input)).get(0);
    assertThat(beside.getTiming().getFrames()).isEqualTo(alone.getTiming().getFrames());
    for (int row = 0; row < 2; row++) {
      assertSame(grid(alone.getHeatmaps(row)), grid(beside.getHeatmaps(2 * row)));
    }
  }

  @Test
  void highResolutionCamIsFusedMirroredAndLocalisedAsOtherMapsAre() throws Exception {
    float[] input = input();
    float[] mirror = new float[input.length];
    Flip.write(input, SIDE, FloatBuffer.wrap(mirror), 0);
    ExplainOptions.Builder options =
        OPTIONS.toBuilder()
            .addMethods(Method.METHOD_HIGH_RES_CAM)
            .addLayers("relu")
            .addLayers("maps")
            .setLocalisation(Localisation.getDefaultInstance());
    Explanation apart = explain(options, input);
    int chosen = apart.getHeatmaps(0).getClassIndex();
    ExplainOptions.Builder same =
        options.clone().clearClasses().addClasses(ClassChoice.newBuilder().setIndex(chosen));
    Explanation mirrored = explain(same, mirror);
    Explanation fused = explain(options.clone().setFusion(Fusion.FUSION_MEAN), input);
    Explanation smooth = explain(options.clone().setFlipSmoothing(true), input);
    assertThat(fused.getHeatmaps(0).hasRefinement()).isFalse();
    float[] mean = new float[SIDE * SIDE];
    for (int i = 0; i < 2; i++) {
      Grid map = grid(apart.getHeatmaps(i));
      for (int j = 0; j < mean.length; j++) {
        mean[j] += HeatmapReader.plane(apart.getHeatmaps(i)).values()[j] / 2;
      }
      assertSame(Flip.mean(map, grid(mirrored.getHeatmaps(i))), grid(smooth.getHeatmaps(i)));
      assertThat(smooth.getHeatmaps(i).getRefinement().getMask())
          .as("the mask of the image as it was sent")
          .isEqualTo(apart.getHeatmaps(i).getRefinement().getMask());
    }
    assertSame(new Grid(SIDE, SIDE, mean), grid(fused.getHeatmaps(0)));
    for (Heatmap heatmap : smooth.getHeatmapsList()) {
      dev.sightline.server.explain.measure.Region wanted =
          dev.sightline.server.explain.measure.Region.of(
                  HeatmapReader.plane(heatmap).normalised(), 0.15)
              .orElseThrow();
      assertThat(heatmap.getRegion().getBox().getX()).isEqualTo((float) wanted.box().left());
      assertThat(heatmap.getRegion().getBox().getHeight())
          .isEqualTo((float) (wanted.box().bottom() - wanted.box().top()));
      assertThat(heatmap.getRegion().getArea()).isEqualTo(wanted.area());
    }
  }

  @Test
  void regionsMasksAndStepsAreBoundedHoweverSmallTheMapsAre() throws Exception {
    ExplainOptions.Builder grids = OPTIONS.toBuilder().addMethods(Method.METHOD_GRAD_CAM);
    assertPlanned(2 * 64, grids);
    assertPlanned(2 * SIDE * SIDE, grids.setLocalisation(Localisation.getDefaultInstance()));
    ExplainOptions.Builder refined =
        OPTIONS.toBuilder()
            .addMethods(Method.METHOD_HIGH_RES_CAM)
            .setEncoding(Encoding.ENCODING_GREY_PNG)
            .setOutputSize(
                OutputSize.newBuilder()
                    .setReference(SizeReference.SIZE_REFERENCE_GIVEN)
                    .setWidth(1)
                    .setHeight(1));
    assertPlanned(2 * SIDE * SIDE, refined);
    assertPlanned(
        20 * SIDE * SIDE, refined.setHighResolution(HighResolution.newBuilder().setSteps(true)));
  }

  /** That so many pixels are enough, and no fewer. */
  private static void assertPlanned(long pixels, ExplainOptions.Builder options) throws Exception {
    assertThat(planner(pixels).plan(options.build())).isNotNull();
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> planner(pixels - 1).plan(options.build()))
        .withMessageContaining("one answer may hold " + (pixels - 1));
  }

  private static Planner planner(long pixels) {
    return new Planner(
        new ServedCatalogue(repository),
        new ImageReader(ImageLimits.DEFAULT),
        new PlanLimits(pixels, PlanLimits.DEFAULT.maxFrames(), PlanLimits.DEFAULT.maxBytes()));
  }

  @Test
  void nothingCanBeSelectedInHighResolutionCam() {
    for (Selection selection :
        List.of(
            Selection.newBuilder().addFilters(1).build(),
            Selection.newBuilder().addSubset(Cell.getDefaultInstance()).build())) {
      assertThatExceptionOfType(RefusedException.class)
          .isThrownBy(
              () ->
                  plan(
                      OPTIONS.toBuilder()
                          .addMethods(Method.METHOD_HIGH_RES_CAM)
                          .setSelection(selection)))
          .withMessageContaining("METHOD_HIGH_RES_CAM");
    }
  }

  @Test
  void layersAreFusedAtPixelLevel() throws Exception {
    float[] input = input();
    ExplainOptions.Builder options =
        OPTIONS.toBuilder()
            .addMethods(Method.METHOD_LAYER_CAM)
            .addMethods(Method.METHOD_EXTENDED_CAM)
            .addLayers("relu")
            .addLayers("maps");
    Explanation apart = explain(options, input);
    assertThat(apart.getHeatmapsList())
        .extracting(map -> map.getClassIndex() + " " + map.getMethodValue() + " " + map.getLayer())
        .containsExactlyElementsOf(
            Stream.of(apart.getHeatmaps(0).getClassIndex(), 3)
                .flatMap(c -> Stream.of(c + " 6 relu", c + " 6 maps", c + " 4 relu", c + " 4 maps"))
                .toList());
    for (Fusion fusion : List.of(Fusion.FUSION_MEAN, Fusion.FUSION_MAX)) {
      Explanation fused = explain(options.clone().setFusion(fusion), input);
      assertThat(fused.getHeatmapsCount()).isEqualTo(4);
      for (int i = 0; i < 4; i++) {
        Plane first = HeatmapReader.plane(apart.getHeatmaps(2 * i));
        Plane second = HeatmapReader.plane(apart.getHeatmaps(2 * i + 1));
        float[] wanted = new float[SIDE * SIDE];
        for (int j = 0; j < wanted.length; j++) {
          float a = first.values()[j];
          float b = second.values()[j];
          wanted[j] = fusion == Fusion.FUSION_MAX ? Math.max(a, b) : (a + b) / 2;
        }
        assertSame(new Grid(SIDE, SIDE, wanted), grid(fused.getHeatmaps(i)));
        assertThat(fused.getHeatmaps(i).getFusedLayersList()).containsExactly("relu", "maps");
        assertThat(fused.getHeatmaps(i).getLayer()).isEmpty();
      }
    }
  }

  @Test
  void mapsOfAllFiltersAddUpToTheMapOfTheLayer() throws Exception {
    float[] input = input();
    ExplainOptions.Builder options = OPTIONS.toBuilder().addMethods(Method.METHOD_EXTENDED_CAM);
    Selection.Builder all = Selection.newBuilder();
    IntStream.range(0, 16).forEach(all::addFilters);
    Explanation whole = explain(options, input);
    Explanation filters = explain(options.clone().setSelection(all), input);
    assertThat(filters.getHeatmapsCount()).isEqualTo(32);
    for (int row = 0; row < 2; row++) {
      float[] sum = new float[64];
      for (int k = 0; k < 16; k++) {
        Heatmap map = filters.getHeatmaps(16 * row + k);
        assertThat(map.getFilter()).isEqualTo(k);
        Grid grid = grid(map);
        for (int i = 0; i < sum.length; i++) {
          sum[i] += grid.values()[i];
        }
      }
      assertSame(new Grid(8, 8, sum), grid(whole.getHeatmaps(row)));
      assertThat(whole.getHeatmaps(row).hasFilter()).isFalse();
    }
  }

  @Test
  void neuronsOutsideOfARegionAreZero() throws Exception {
    float[] input = input();
    ExplainOptions.Builder options = OPTIONS.toBuilder().addMethods(Method.METHOD_EXTENDED_CAM);
    Selection region =
        Selection.newBuilder()
            .setRegion(true)
            .addSubset(Cell.newBuilder().setRow(2).setColumn(1))
            .addSubset(Cell.newBuilder().setRow(4).setColumn(6))
            .build();
    Grid whole = grid(explain(options, input).getHeatmaps(0));
    Grid part = grid(explain(options.clone().setSelection(region), input).getHeatmaps(0));
    for (int i = 0; i < 8; i++) {
      for (int j = 0; j < 8; j++) {
        boolean inside = i >= 2 && i <= 4 && j >= 1 && j <= 6;
        assertThat(part.at(i, j)).isEqualTo(inside ? whole.at(i, j) : 0);
      }
    }
  }

  private float[] input() {
    float[] input = new float[3 * SIDE * SIDE];
    for (int i = 0; i < input.length; i++) {
      input[i] = (float) random.nextGaussian();
    }
    return input;
  }

  private static Plan plan(ExplainOptions.Builder options) throws Exception {
    return planner.plan(options.build());
  }

  private static Explanation explain(ExplainOptions.Builder options, float[] input)
      throws Exception {
    return explain(List.of(plan(options)), List.of(input)).get(0);
  }

  private static List<Explanation> explain(List<Plan> plans, List<float[]> inputs) {
    Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime);
    Explanation[] answers = new Explanation[plans.size()];
    for (int i = 0; i < answers.length; i++) {
      int at = i;
      plans
          .get(i)
          .submit(
              batcher.single(), image(inputs.get(i)), 0, answer -> answers[at] = answer.build());
    }
    Worker worker = batcher.worker();
    while (worker.step()) {}
    for (Explanation answer : answers) {
      assertThat(answer.getOutcome())
          .as(answer.getProblem().getMessage())
          .isEqualTo(Outcome.OUTCOME_EXPLAINED);
    }
    return Arrays.asList(answers);
  }

  private static Image image(float[] input) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * input.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(input);
    return Image.newBuilder()
        .setTensor(
            Tensor.newBuilder()
                .setChannels(3)
                .setHeight(SIDE)
                .setWidth(SIDE)
                .setData(ByteString.copyFrom(bytes)))
        .build();
  }

  /** One frame, with a row for each class. */
  private static PassResult run(Backend backend, float[] input, int... rowClasses) {
    FloatBuffer images = Pass.buffer(backend.maxBatch(), input.length);
    images.put(0, input);
    return backend.run(new Pass(images, 1, new int[rowClasses.length], rowClasses));
  }

  private static float softmax(float[] logits, int chosen) {
    double sum = 0;
    for (int i = 0; i < SmallModel.CLASSES; i++) {
      sum += Math.exp(logits[i] - logits[chosen]);
    }
    return (float) (1 / sum);
  }

  private static Grid grid(Heatmap map) {
    return HeatmapReader.grid(map);
  }

  private static Heatmap raw(Heatmap map) {
    return map.toBuilder().setScaling(dev.sightline.v1.Scaling.SCALING_RAW).build();
  }

  private static void assertSame(Grid wanted, Grid given) {
    assertThat(List.of(given.height(), given.width()))
        .isEqualTo(List.of(wanted.height(), wanted.width()));
    float range = wanted.max() - wanted.min();
    assertThat(range).isPositive();
    List<Float> distances = new ArrayList<>();
    for (int i = 0; i < wanted.values().length; i++) {
      distances.add(Math.abs(given.values()[i] - wanted.values()[i]) / range);
    }
    assertThat(distances).allSatisfy(distance -> assertThat(distance).isCloseTo(0, within(1e-5f)));
  }
}
