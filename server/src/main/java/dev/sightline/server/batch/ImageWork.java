package dev.sightline.server.batch;

import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.HeatmapWriter;
import dev.sightline.server.explain.Flip;
import dev.sightline.server.explain.refine.Refinement;
import dev.sightline.server.image.Decoded;
import dev.sightline.server.image.ImageException;
import dev.sightline.server.image.ImageReader;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Image;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An image and its plan: decodes the one, and makes the maps that the other asks for. Comes with a
 * reference to the plan's model, which it gives back when it is answered.
 */
final class ImageWork implements Work {
  private final Plan plan;
  private final ImageReader reader;
  private final Image image;
  private final LastExplained.Frame frame;
  private final View view;
  private @Nullable View mirrored;
  private @Nullable Decoded decoded;
  private @Nullable MapSize size;

  ImageWork(Plan plan, ImageReader reader, Image image, LastExplained.Frame frame) {
    this.plan = plan;
    this.reader = reader;
    this.image = image;
    this.frame = frame;
    this.view = new View(plan, this::decode, plan.rowClasses());
  }

  @Override
  public long bytes() {
    return image.getSerializedSize() + plan.bytes();
  }

  @Override
  public int frames() {
    return plan.frames();
  }

  @Override
  public Stage first() {
    return Objects.requireNonNull(view.next());
  }

  @Override
  public @Nullable Stage next() {
    Stage next = mirrored == null ? view.next() : mirrored.next();
    if (next == null && plan.flip() && mirrored == null) {
      mirrored = new View(plan, this::mirror, view.chosen());
      next = mirrored.next();
    }
    return next;
  }

  private void mirror(FloatBuffer images, int offset) {
    Flip.write(view.input(), plan.target().input().width(), images, offset);
  }

  private void decode(FloatBuffer images, int offset) throws RefusedException, UnchangedException {
    boolean overlay = plan.output().overlay();
    if (overlay && image.hasTensor()) {
      throw RefusedException.option(
          "encoding",
          "%s needs a picture to draw on, and the image is a tensor."
              .formatted(plan.output().encoding()));
    }
    try {
      Target target = plan.target();
      Decoded read =
          reader.prepare(
              image,
              target.input(),
              target.preprocessing(),
              images,
              offset,
              overlay,
              frame.isCompared());
      frame.look(read.means());
      size = plan.output().size().on(read.width(), read.height());
      decoded = read;
    } catch (ImageException e) {
      throw new RefusedException(e.reason(), String.valueOf(e.getMessage()), e.metadata());
    }
  }

  @Override
  public void explain(Explanation.Builder into) {
    Decoded read = Objects.requireNonNull(decoded);
    into.setModel(plan.target().name())
        .setImageWidth(read.width())
        .setImageHeight(read.height())
        .setRegion(read.region())
        .addAllPredictions(
            view.logits().predictions(plan.output().predictions(), plan.target().labels()));
    for (int row = 0; row < view.chosen().length; row++) {
      for (Step step : plan.steps()) {
        into.addHeatmaps(heatmap(step, row, read));
      }
    }
  }

  @Override
  public void explained() {
    frame.explained();
  }

  @Override
  public void answered() {
    plan.target().references().release();
  }

  private Heatmap heatmap(Step step, int row, Decoded read) {
    int chosen = view.chosen()[row];
    Heatmap.Builder heatmap =
        Heatmap.newBuilder()
            .setMethod(step.method())
            .setClassIndex(chosen)
            .setClassLabel(plan.target().labels().label(chosen))
            .setLogit(view.logits().logit(chosen))
            .setKernel(step.kernel());
    describe(step, heatmap);
    Refinement refinement = view.refinement(step, row);
    Grid grid = refinement == null ? view.map(step, row) : View.grid(refinement.map());
    if (refinement != null) {
      heatmap.setRefinement(Refinements.write(refinement));
    }
    if (mirrored != null) {
      grid = Flip.mean(grid, mirrored.map(step.mirrored(), row));
    }
    Localiser regions = plan.output().regions();
    if (regions != null) {
      regions
          .region(step.method(), grid, step.kernel(), read.region())
          .ifPresent(heatmap::setRegion);
    }
    MapSize pixels = Objects.requireNonNull(size);
    HeatmapWriter.write(
        grid,
        pixels.width(),
        pixels.height(),
        plan.output().encoding(),
        plan.output().scaling(),
        read.photo(),
        read.region(),
        heatmap);
    return heatmap.build();
  }

  /** Says which layer and feature map it is about. */
  private static void describe(Step step, Heatmap.Builder heatmap) {
    List<Step.Part> parts = step.parts();
    if (step.fusion() != null) {
      parts.forEach(part -> heatmap.addFusedLayers(part.layerName()));
      return;
    }
    heatmap.setLayer(parts.get(0).layerName());
    if (parts.get(0).filter() != Step.Part.ALL_FILTERS) {
      heatmap.setFilter(parts.get(0).filter());
    }
  }
}
