package dev.sightline.server.batch;

import dev.sightline.heatmap.Expansion;
import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.Plane;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.engine.PassShape;
import dev.sightline.server.explain.CamMethod;
import dev.sightline.server.explain.Evidence;
import dev.sightline.server.explain.FromEvidence;
import dev.sightline.server.explain.FromPerturbation;
import dev.sightline.server.explain.Gradients;
import dev.sightline.server.explain.GuidedCam;
import dev.sightline.server.explain.Rebuilt;
import dev.sightline.server.explain.RefinedCam;
import dev.sightline.server.explain.Subject;
import dev.sightline.server.explain.Technique;
import dev.sightline.server.explain.refine.RefineSettings;
import dev.sightline.server.explain.refine.Refinement;
import dev.sightline.server.image.InputShape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * An image, or its mirror image, and what the passes say of it. Used as {@link Work} is; its clean
 * frames are written and read one at a time.
 */
final class View {
  /** Writes the network's input. */
  @FunctionalInterface
  interface Original {
    void write(FloatBuffer images, int offset) throws RefusedException, UnchangedException;
  }

  private final Plan plan;
  private final Original original;
  private final Iterator<Recipe.Kind> passes;
  private final Map<Lane, List<Evidence>> evidence = new HashMap<>();
  private final List<AlteredFrames> altered = new ArrayList<>();
  private int[] rowClasses;
  private float @Nullable [] input;
  private @Nullable Logits logits;
  private @Nullable Rebuilt rebuilt;
  private @Nullable NoisyFrames noisy;

  /**
   * Nothing computed yet.
   *
   * @param rowClasses the classes to explain, as in {@link
   *     dev.sightline.server.engine.Pass#rowClasses}
   */
  View(Plan plan, Original original, int[] rowClasses) {
    this.plan = plan;
    this.original = original;
    this.rowClasses = rowClasses;
    this.passes = plan.recipe().passes().iterator();
  }

  /** Its next stage, the one before being over; null if there is none. */
  @Nullable Stage next() {
    if (noisy != null) {
      average(noisy);
      noisy = null;
    }
    if (!passes.hasNext()) {
      return null;
    }
    Recipe.Kind pass = passes.next();
    if (pass instanceof Recipe.Clean clean) {
      return new CleanFrame(this, clean, clean.differentiated() ? rowClasses : new int[0]);
    }
    if (pass instanceof Recipe.Noisy samples) {
      noisy = new NoisyFrames(samples, input(), rowClasses, plan.randomness().noise());
      return noisy;
    }
    Recipe.Altered versions = (Recipe.Altered) pass;
    AlteredFrames frames =
        new AlteredFrames(versions, versions.method().of(subject(versions)), logits(), rowClasses);
    altered.add(frames);
    return frames;
  }

  /** The network's scores. */
  Logits logits() {
    return Objects.requireNonNull(logits);
  }

  /** The class of each row, once the first stage is over. */
  int[] chosen() {
    return rowClasses;
  }

  /** The network's input; only of an image that takes several frames. */
  float[] input() {
    return Objects.requireNonNull(input);
  }

  void writeClean(FloatBuffer images, int offset) throws RefusedException, UnchangedException {
    if (input != null) {
      images.put(offset, input);
      return;
    }
    original.write(images, offset);
    if (plan.frames() > 1) {
      float[] copy = new float[plan.target().input().size()];
      images.get(offset, copy);
      input = copy;
    }
  }

  void clean(CleanFrame frame, PassResult result, int at, int firstRow) {
    if (logits == null) {
      Logits seen = Logits.of(result, at);
      logits = plan.frames() > 1 ? seen.copy() : seen;
      rowClasses =
          frame.rowClasses().length > 0
              ? Arrays.copyOfRange(result.chosen(), firstRow, firstRow + rowClasses.length)
              : seen.chosen(rowClasses);
    }
    if (result.shape().gridSize() == 0) {
      return;
    }
    if (rebuilt == null && result.reconstructions().length > 0) {
      rebuilt = rebuilt(result, at);
    }
    boolean atInput = result.activations().length == 0;
    int from = at * result.shape().gridSize();
    float[] a =
        atInput ? new float[0] : kept(result.activations(), from, result.shape().gridSize());
    evidence.put(
        frame.lane(),
        IntStream.range(0, rowClasses.length)
            .mapToObj(
                row ->
                    frame.pass().differentiated()
                        ? evidence(a, from, result, firstRow + row)
                        : activation(a, from, result.shape()))
            .toList());
  }

  private Rebuilt rebuilt(PassResult result, int at) {
    InputShape input = plan.target().input();
    int from = at * input.size();
    return new Rebuilt(
        kept(result.reconstructions(), from, input.size()),
        offset(from),
        input.channels(),
        input.height(),
        input.width());
  }

  private Evidence activation(float[] a, int from, PassShape shape) {
    return Evidence.withoutGradient(
        a, offset(from), shape.gridChannels(), shape.gridHeight(), shape.gridWidth());
  }

  /** A pass that differentiates to the input gives no activation: the image is that. */
  private Evidence evidence(float[] a, int from, PassResult result, int row) {
    PassShape shape = result.shape();
    int gradientFrom = row * shape.gridSize();
    float[] gradient = kept(result.gradients(), gradientFrom, shape.gridSize());
    if (a.length == 0) {
      return Evidence.withoutActivation(
          gradient,
          offset(gradientFrom),
          shape.gridChannels(),
          shape.gridHeight(),
          shape.gridWidth());
    }
    return new Evidence(
        a,
        offset(from),
        gradient,
        offset(gradientFrom),
        shape.gridChannels(),
        shape.gridHeight(),
        shape.gridWidth());
  }

  private int offset(int from) {
    return plan.frames() > 1 ? 0 : from;
  }

  /** A copy where passes are to follow: a view would hold the arrays of a whole batch meanwhile. */
  private float[] kept(float[] values, int from, int size) {
    return plan.frames() > 1 ? Arrays.copyOfRange(values, from, from + size) : values;
  }

  private void average(NoisyFrames frames) {
    List<Evidence> clean = Objects.requireNonNull(evidence.get(frames.clean()));
    evidence.put(
        frames.clean(),
        IntStream.range(0, clean.size())
            .mapToObj(row -> clean.get(row).with(frames.moments(row)))
            .toList());
  }

  private Subject subject(Recipe.Altered versions) {
    Lane activation = versions.activation();
    return new Subject(
        input(),
        plan.target().input().channels(),
        plan.target().input().height(),
        plan.target().input().width(),
        activation == null ? null : Objects.requireNonNull(evidence.get(activation)).get(0),
        plan.randomness().masks(),
        plan.randomness().maskSeed());
  }

  /** The map of a class. */
  Grid map(Step step, int row) {
    if (step.fusion() == null) {
      return map(step.technique(), step.parts().get(0), row);
    }
    List<Plane> planes = new ArrayList<>();
    for (Step.Part part : step.parts()) {
      planes.add(
          Expansion.expand(
              map(step.technique(), part, row),
              part.kernel(),
              plan.target().input().width(),
              plan.target().input().height()));
    }
    return grid(step.fusion().of(planes));
  }

  static Grid grid(Plane plane) {
    return new Grid(plane.height(), plane.width(), plane.values());
  }

  /** How the map of a class is refined; null for a method that refines none. */
  @Nullable Refinement refinement(Step step, int row) {
    RefineSettings settings = RefineSettings.DEFAULT;
    return step.fusion() == null && step.technique() instanceof RefinedCam refined
        ? refinement(
            refined,
            step.parts().get(0),
            row,
            plan.output().steps() ? settings.withStages() : settings)
        : null;
  }

  private Refinement refinement(
      RefinedCam refined, Step.Part part, int row, RefineSettings settings) {
    return refined.refine(
        evidence(Gradients.OF_LAYER, part, row), Objects.requireNonNull(rebuilt), settings);
  }

  private Grid map(Technique technique, Step.Part part, int row) {
    if (technique instanceof FromEvidence from) {
      Evidence seen = evidence(from.gradients(), part, row);
      if (part.filter() != Step.Part.ALL_FILTERS) {
        seen = seen.channel(part.filter());
      }
      return map(from.map(), part.kept() == null ? seen : seen.within(part.kept()));
    }
    if (technique instanceof GuidedCam guided) {
      return GuidedCam.product(
          map(guided.pixels(), evidence(Gradients.GUIDED, part, row)),
          map(guided.cam(), evidence(Gradients.OF_LAYER, part, row)));
    }
    if (technique instanceof RefinedCam refined) {
      return grid(refinement(refined, part, row, RefineSettings.DEFAULT).map());
    }
    FromPerturbation perturbation = (FromPerturbation) technique;
    Lane activation = part.layer() == null ? null : part.layer().lane();
    return altered.stream()
        .filter(frames -> frames.pass().method() == perturbation.method())
        .filter(frames -> frames.pass().activation() == activation)
        .findFirst()
        .orElseThrow()
        .map(row);
  }

  private Evidence evidence(Gradients gradients, Step.Part part, int row) {
    Lane lane = Recipe.lane(plan.target(), gradients, part.layer());
    return Objects.requireNonNull(evidence.get(lane)).get(row);
  }

  private static Grid map(CamMethod method, Evidence evidence) {
    return new Grid(evidence.height(), evidence.width(), method.map(evidence));
  }
}
