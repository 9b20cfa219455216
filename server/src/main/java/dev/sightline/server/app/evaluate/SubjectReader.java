package dev.sightline.server.app.evaluate;

import com.google.protobuf.ByteString;
import dev.sightline.server.app.evaluate.annotation.ImageLabels;
import dev.sightline.server.app.evaluate.annotation.ImageSet;
import dev.sightline.server.app.evaluate.annotation.LabelledBox;
import dev.sightline.server.app.evaluate.annotation.ObjectMasks;
import dev.sightline.server.explain.measure.Box;
import dev.sightline.server.explain.measure.Mask;
import dev.sightline.server.image.Decoded;
import dev.sightline.server.image.ImageException;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import dev.sightline.server.model.Labels;
import dev.sightline.server.model.ServedModel;
import dev.sightline.v1.Image;
import dev.sightline.v1.Region;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads an image and what is said about it. Thread-safe. */
final class SubjectReader {
  private final Passes passes;
  private final ImageSet images;
  private final ImageReader reader = new ImageReader(ImageLimits.DEFAULT);

  SubjectReader(Passes passes, ImageSet images) {
    this.passes = passes;
    this.images = images;
  }

  /**
   * Reads an image.
   *
   * @param file relative to the folder of the images
   * @param notes is told of boxes and masks that are left out
   */
  Subject read(Path file, Consumer<String> notes) throws SkippedException {
    ServedModel model = passes.model();
    InputShape shape = model.inputShape();
    OptionalInt said = said(file);
    float[] input = new float[shape.size()];
    Decoded decoded = decode(file, input);
    float[] logits = passes.logits(input);
    int chosen = said.isPresent() ? said.getAsInt() : largest(logits);
    double probability = Passes.probability(logits, 0, logits.length, chosen);
    if (!(probability > 0)) {
      throw new SkippedException(
          "the probability of '%s' is %s".formatted(model.labels().label(chosen), probability));
    }
    int rank = 0;
    for (float logit : logits) {
      rank += logit > logits[chosen] ? 1 : 0;
    }
    return new Subject(
        file.toString(),
        input,
        shape.height(),
        shape.width(),
        black(model.preprocessing()),
        chosen,
        probability,
        rank,
        boxes(file, chosen, decoded, notes),
        object(file, decoded, notes));
  }

  private @Nullable Mask object(Path file, Decoded decoded, Consumer<String> notes) {
    ObjectMasks masks = images.masks();
    return masks == null
        ? null
        : masks.of(file, decoded, passes.model().inputShape(), notes).orElse(null);
  }

  private OptionalInt said(Path file) throws SkippedException {
    ImageLabels labels = images.labels();
    if (labels == null) {
      return OptionalInt.empty();
    }
    String label = labels.of(file);
    if (label == null) {
      throw new SkippedException("it has no label");
    }
    OptionalInt named = ImageLabels.classOf(label, passes.model().labels());
    if (named.isEmpty()) {
      throw new SkippedException("the network has no class '%s'".formatted(label));
    }
    return named;
  }

  private Decoded decode(Path file, float[] input) throws SkippedException {
    Path path = images.folder().resolve(file);
    try {
      if (Files.size(path) > ImageLimits.DEFAULT.maxEncodedBytes()) {
        throw new SkippedException(
            "larger than %d bytes".formatted(ImageLimits.DEFAULT.maxEncodedBytes()));
      }
      Image image =
          Image.newBuilder().setEncoded(ByteString.copyFrom(Files.readAllBytes(path))).build();
      ServedModel model = passes.model();
      return reader.prepare(
          image, model.inputShape(), model.preprocessing(), FloatBuffer.wrap(input), 0, false);
    } catch (ImageException | IOException e) {
      throw new SkippedException(String.valueOf(e.getMessage()));
    }
  }

  private List<Box> boxes(Path file, int chosen, Decoded image, Consumer<String> notes) {
    Labels names = passes.model().labels();
    InputShape shape = passes.model().inputShape();
    List<Box> found = new ArrayList<>();
    for (LabelledBox labelled : images.boxes().of(file.toString())) {
      Box box = labelled.box();
      if (!labelled.label().isEmpty()) {
        OptionalInt named = ImageLabels.classOf(labelled.label(), names);
        if (named.isEmpty()) {
          notes.accept(
              "a box was left out: the network has no class '%s'".formatted(labelled.label()));
        }
        if (named.orElse(-1) != chosen) {
          continue;
        }
      }
      Box whole = new Box(0, 0, image.width(), image.height());
      if (!box.equals(box.intersection(whole).orElse(null))) {
        notes.accept(
            "a box was left out: it lies outside of the image's %d x %d pixels: %s"
                .formatted(image.width(), image.height(), box));
        continue;
      }
      Optional<Box> seen = seen(box, image.region(), shape);
      if (seen.isEmpty()) {
        notes.accept("a box was left out: the network does not see that part of the image");
      }
      seen.ifPresent(found::add);
    }
    return found;
  }

  /** In pixels of the input, as far as the preprocessing has not cut it off. */
  private static Optional<Box> seen(Box box, Region region, InputShape shape) {
    double scaleX = shape.width() / region.getWidth();
    double scaleY = shape.height() / region.getHeight();
    return new Box(
            (box.left() - region.getX()) * scaleX,
            (box.top() - region.getY()) * scaleY,
            (box.right() - region.getX()) * scaleX,
            (box.bottom() - region.getY()) * scaleY)
        .intersection(new Box(0, 0, shape.width(), shape.height()));
  }

  private static int largest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  private static float[] black(Preprocessing preprocessing) {
    float[] black = new float[preprocessing.mean().length];
    for (int c = 0; c < black.length; c++) {
      black[c] = -preprocessing.mean()[c] / preprocessing.std()[c];
    }
    return black;
  }
}
