package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Breaker;
import dev.sightline.server.batch.BreakerLimits;
import dev.sightline.server.batch.FakeClock;
import dev.sightline.server.batch.Plan;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.Source;
import dev.sightline.server.batch.StandingOptions;
import dev.sightline.server.batch.Target;
import dev.sightline.server.batch.Worker;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelRepository;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Image;
import dev.sightline.v1.Method;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RandomMasks;
import dev.sightline.v1.RawImage;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A model that is replaced while images wait for it; every look and every batch is the test's. */
@Timeout(60)
class ReplacedModelTest {
  private static final ExplainOptions PLAIN = ExplainOptions.getDefaultInstance();
  private static final ExplainOptions CHANGES =
      ExplainOptions.newBuilder().setUnchangedWithin(1).build();

  @TempDir Path store;
  private final CountedEngine engine = new CountedEngine();
  private final FakeClock clock = new FakeClock();
  private final Batcher batcher = new Batcher(BatchLimits.DEFAULT, clock);
  private final Worker worker = batcher.worker();
  private final List<Explanation> answers = new ArrayList<>();
  private ModelRepository models;
  private ServedCatalogue catalogue;
  private Planner planner;

  @BeforeEach
  void load() {
    Path folder = SmallModel.installVersion(store, "small", 1);
    models = ModelRepository.load(List.of(folder), engine);
    catalogue = new ServedCatalogue(models, BreakerLimits.DEFAULT, clock);
    planner = new Planner(catalogue, new ImageReader(ImageLimits.DEFAULT), PlanLimits.DEFAULT);
  }

  @AfterEach
  void close() {
    batcher.close();
    models.close();
    assertThat(engine.open).hasValue(0);
  }

  private void replaceBy(int version) {
    SmallModel.installVersion(store, "small", version);
    look();
  }

  private void look() {
    models.look(catalogue::replace);
    models.look(catalogue::replace);
  }

  private StandingOptions standing(ExplainOptions options) {
    return new StandingOptions(options, planner);
  }

  private void submit(StandingOptions options, Source source) {
    options.submit(source, 0, image(), clock.getAsLong(), answer -> answers.add(answer.build()));
  }

  private void submit(StandingOptions options) {
    submit(options, batcher.single());
  }

  private void work() {
    while (worker.step()) {}
  }

  private static Image image() {
    return Image.newBuilder()
        .setRaw(
            RawImage.newBuilder()
                .setWidth(2)
                .setHeight(2)
                .setFormat(PixelFormat.PIXEL_FORMAT_RGB)
                .setData(ByteString.copyFrom(new byte[12])))
        .build();
  }

  /** The versions of the answers' models by their labels, and what became of the others. */
  private List<String> versions() {
    return answers.stream()
        .map(
            answer ->
                answer.getOutcome() == Outcome.OUTCOME_EXPLAINED
                    ? answer.getPredictions(0).getLabel().replaceAll(".* of ", "")
                    : answer.getOutcome() + " " + answer.getProblem().getReason())
        .toList();
  }

  @Test
  void imagesAcceptedBeforeFinishOnTheOldModelWhichIsClosedWithTheLastOfThem() {
    StandingOptions options = standing(PLAIN);
    Source first = batcher.single();
    submit(options, first);
    worker.step();
    submit(options);
    replaceBy(2);
    submit(options);
    assertThat(engine.open).hasValue(2);
    engine.during = () -> assertThat(engine.open).hasValueBetween(1, 2);
    work();

    assertThat(versions()).containsExactlyInAnyOrder("1", "1", "2");
    assertThat(engine.open).hasValue(1);
  }

  @Test
  void aLayerThatTheOldModelHasNotOpenedYetIsOpenedForTheImagesThatWaitForIt() {
    StandingOptions early =
        standing(
            ExplainOptions.newBuilder()
                .addLayers("relu")
                .addMethods(Method.METHOD_GRAD_CAM)
                .addMethods(Method.METHOD_RECIPRO_CAM)
                .addMethods(Method.METHOD_RISE)
                .setRandomMasks(RandomMasks.newBuilder().setCount(20))
                .build());
    submit(early);
    replaceBy(2);
    assertThat(engine.opened).hasValue(2);
    work();

    assertThat(versions()).containsExactly("1");
    assertThat(engine.opened).hasValue(4);
    assertThat(engine.open).hasValue(1);
    submit(early);
    work();
    assertThat(versions()).containsExactly("1", "2");
  }

  @Test
  void anOldModelWhoseImageIsCancelledInAPassIsClosedAfterIt() {
    Source source = batcher.single();
    submit(standing(PLAIN), source);
    worker.step();
    List<Integer> open = new ArrayList<>();
    engine.during =
        () -> {
          replaceBy(2);
          source.cancel();
          open.add(engine.open.get());
        };
    work();

    assertThat(open).containsExactly(2);
    assertThat(versions()).containsExactly("OUTCOME_CANCELLED REASON_CANCELLED");
    assertThat(engine.open).hasValue(1);
  }

  @Test
  void anImageThatIsCancelledWhileItWaitsLetsGoOfItsModelAtOnce() {
    Source source = batcher.single();
    submit(standing(PLAIN), source);
    replaceBy(2);
    assertThat(engine.open).hasValue(2);
    source.cancel();
    assertThat(engine.open).hasValue(1);
  }

  @Test
  void optionsThatNoLongerFitAreRefusedImageByImageUntilTheyFitAgain() {
    StandingOptions byLabel =
        standing(
            ExplainOptions.newBuilder()
                .addClasses(ClassChoice.newBuilder().setLabel("class b of 1"))
                .build());
    submit(byLabel);
    replaceBy(2);
    submit(byLabel);
    submit(byLabel);
    replaceBy(1);
    submit(byLabel);
    work();

    assertThat(versions())
        .containsExactlyInAnyOrder(
            "1",
            "1",
            "OUTCOME_INVALID_OPTIONS REASON_UNKNOWN_CLASS",
            "OUTCOME_INVALID_OPTIONS REASON_UNKNOWN_CLASS");
    assertThat(answers.get(0).getProblem().getMessage()).contains("class b of 1");
  }

  @Test
  void aPlanOfAModelThatIsClosedTakesNoImage() throws Exception {
    Plan plan = planner.plan(PLAIN);
    replaceBy(2);
    assertThat(plan.submit(batcher.single(), image(), 0, answer -> answers.add(answer.build())))
        .isFalse();
    assertThat(answers).isEmpty();
    assertThat(batcher.waiting()).isZero();
  }

  @Test
  void theBreakerOfAReplacedModelStartsClosed() {
    StandingOptions options = standing(PLAIN);
    engine.failing = true;
    for (int i = 0; i < BreakerLimits.DEFAULT.minimum(); i++) {
      submit(options);
      work();
    }
    assertThat(catalogue.defaultTarget().breaker().state()).isEqualTo(Breaker.State.OPEN);
    engine.failing = false;
    replaceBy(2);
    answers.clear();
    submit(options);
    work();

    assertThat(catalogue.defaultTarget().breaker().state()).isEqualTo(Breaker.State.CLOSED);
    assertThat(versions()).containsExactly("2");
  }

  @Test
  void modelsAreDescribedAsTheyAreNow() {
    replaceBy(2);
    Target target = catalogue.find("small").orElseThrow();
    assertThat(target).isSameAs(catalogue.defaultTarget()).isSameAs(catalogue.all().get(0));
    assertThat(target.description()).isEqualTo("version 2");
    assertThat(target.labels().label(0)).isEqualTo("class a of 2");
    assertThat(target.allLayers())
        .filteredOn(layer -> layer.name().equals("maps"))
        .singleElement()
        .satisfies(layer -> assertThat(layer.sigmaX()).isEqualTo(3));
  }

  @Test
  void nothingIsKeptOfTwentyModelsThatWereReplacedWhileStreamsAreIdleAndWorkersWait() {
    batcher.start(1);
    List<StandingOptions> idle = new ArrayList<>();
    List<WeakReference<Target>> old = new ArrayList<>();
    for (int version = 2; version <= 21; version++) {
      StandingOptions options = standing(PLAIN);
      idle.add(options);
      answers.add(answer(options));
      old.add(new WeakReference<>(catalogue.defaultTarget()));
      replaceBy(version);
    }

    while (old.stream().anyMatch(target -> target.get() != null)) {
      System.gc();
      assertThat(Thread.interrupted()).as("still kept").isFalse();
    }
    idle.forEach(options -> answers.add(answer(options)));
    assertThat(versions().subList(0, 20))
        .containsExactlyElementsOf(IntStream.rangeClosed(1, 20).mapToObj(i -> "" + i).toList());
    assertThat(versions().subList(20, 40)).containsOnly("21");
    batcher.close();
    assertThat(engine.open).hasValue(1);
  }

  @Test
  void frameThatTheOldModelExplainedIsNotUnchangedForTheNewOne() {
    StandingOptions options = standing(CHANGES);
    Source live = batcher.live();
    List<Long> unchanged = new ArrayList<>();
    for (int i = 1; i <= 6; i++) {
      options.submit(
          live,
          i,
          image(),
          clock.getAsLong(),
          answer -> {
            answers.add(answer.build());
            unchanged.add(answer.getUnchangedSince());
          });
      work();
      // What planned it is forgotten at any time, and that means nothing.
      System.gc();
      if (i == 3) {
        replaceBy(2);
      }
    }
    assertThat(unchanged).containsExactly(0L, 1L, 1L, 0L, 4L, 4L);
    assertThat(List.of(versions().get(0), versions().get(3))).containsExactly("1", "2");
  }

  private Explanation answer(StandingOptions options) {
    CompletableFuture<Explanation> answer = new CompletableFuture<>();
    options.submit(
        batcher.single(), 0, image(), clock.getAsLong(), told -> answer.complete(told.build()));
    return answer.join();
  }
}
