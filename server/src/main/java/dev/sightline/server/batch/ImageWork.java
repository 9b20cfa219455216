package dev.sightline.server.batch;

import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.HeatmapWriter;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.engine.PassShape;
import dev.sightline.server.explain.Evidence;
import dev.sightline.server.image.Decoded;
import dev.sightline.server.image.ImageException;
import dev.sightline.server.image.ImageReader;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Image;
import java.nio.FloatBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An image and its plan: decodes the one, and makes the maps that the other asks for. */
final class ImageWork implements Work {
  private final Plan plan;
  private final ImageReader reader;
  private final Image image;
  private @Nullable Decoded decoded;
  private @Nullable MapSize size;

  ImageWork(Plan plan, ImageReader reader, Image image) {
    this.plan = plan;
    this.reader = reader;
    this.image = image;
  }

  @Override
  public long bytes() {
    return image.getSerializedSize();
  }

  @Override
  public int[] rowClasses() {
    return plan.rowClasses;
  }

  @Override
  public void prepare(FloatBuffer images, int offset) throws RefusedException {
    boolean overlay =
        switch (plan.encoding) {
          case ENCODING_OVERLAY_PNG, ENCODING_OVERLAY_JPEG, ENCODING_OVERLAY_WEBP -> true;
          default -> false;
        };
    if (overlay && image.hasTensor()) {
      throw RefusedException.option(
          "encoding",
          "%s needs a picture to draw on, and the image is a tensor.".formatted(plan.encoding));
    }
    try {
      Decoded read =
          reader.prepare(
              image, plan.target.input(), plan.target.preprocessing(), images, offset, overlay);
      size = plan.size.on(read.width(), read.height());
      decoded = read;
    } catch (ImageException e) {
      throw new RefusedException(e.reason(), String.valueOf(e.getMessage()), e.metadata());
    }
  }

  @Override
  public void explain(PassResult result, int frame, int firstRow, Explanation.Builder into) {
    Decoded read = Objects.requireNonNull(decoded);
    int classes = result.shape().classes();
    into.setModel(plan.target.name())
        .setImageWidth(read.width())
        .setImageHeight(read.height())
        .setRegion(read.region())
        .addAllPredictions(
            Predictions.top(
                result.logits(), frame * classes, classes, plan.predictions, plan.target.labels()));
    for (int i = 0; i < plan.rowClasses.length; i++) {
      for (Plan.Step step : plan.steps) {
        into.addHeatmaps(heatmap(step, result, frame, firstRow + i, read));
      }
    }
  }

  private Heatmap heatmap(Plan.Step step, PassResult result, int frame, int row, Decoded read) {
    PassShape shape = result.shape();
    int chosen = result.chosen()[row];
    Heatmap.Builder heatmap =
        Heatmap.newBuilder()
            .setMethod(step.method())
            .setLayer(plan.layer.name())
            .setClassIndex(chosen)
            .setClassLabel(plan.target.labels().label(chosen))
            .setLogit(result.logits()[frame * shape.classes() + chosen])
            .setKernel(step.kernel());
    Evidence evidence =
        new Evidence(
            result.activations(),
            frame * shape.gridSize(),
            result.gradients(),
            row * shape.gridSize(),
            shape.gridChannels(),
            shape.gridHeight(),
            shape.gridWidth());
    MapSize pixels = Objects.requireNonNull(size);
    HeatmapWriter.write(
        new Grid(shape.gridHeight(), shape.gridWidth(), step.map().map(evidence)),
        pixels.width(),
        pixels.height(),
        plan.encoding,
        plan.scaling,
        read.photo(),
        read.region(),
        heatmap);
    return heatmap.build();
  }
}
