package dev.sightline.server.model.expansion;

import dev.sightline.server.engine.FeatureBackend;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.TorchDecoder;
import dev.sightline.server.graph.Decoder;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.model.ModelException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Trains a decoder on the features of a frozen classifier to rebuild the classifier's input: mean
 * squared error, Adadelta, no labels (Tagaris et al. 2019). A share of the photographs is held out;
 * the parameters that rebuild those best are the result.
 *
 * <p>All that is random follows from the seed and the number of the step; the last bits of the
 * numbers also from the engines' number of threads. Memory does not grow with the photographs or
 * the steps: a batch of images, its features and one gradient are all there is. Not thread-safe.
 */
public final class ExpansionTraining {
  /** How many photographs there must be: one to learn from is none, and one is held out. */
  public static final int FEWEST = 8;

  private static final int STANDARD_IMAGES = 32;
  private static final int OFTEN = 25;
  private static final int SELDOM = 250;

  private final TrainingSettings settings;
  private final Photographs photographs;
  private final FeatureBackend classifier;
  private final TorchDecoder torch;
  private final Decoder decoder;
  private final InputShape shape;
  private final Split split;
  private final FloatBuffer images;
  private final int every;
  private final TrainingState state;
  private @Nullable Path checkpoint;

  private ExpansionTraining(
      TrainingSettings settings,
      Photographs photographs,
      FeatureBackend classifier,
      TorchDecoder torch,
      @Nullable Path resumed) {
    int count = photographs.files().size();
    requireEnough(count);
    this.settings = settings;
    this.photographs = photographs;
    this.classifier = classifier;
    this.torch = torch;
    this.decoder = torch.decoder();
    this.shape = photographs.shape();
    this.split = new Split(count, settings.heldOut(), settings.seed());
    this.images = Pass.buffer(classifier.maxBatch(), shape.size());
    int epoch = (split.learnt() + settings.batch() - 1) / settings.batch();
    this.every = Math.max(OFTEN, Math.min(SELDOM, epoch));
    Standards standards = standards();
    if (resumed == null) {
      this.state = new TrainingState(standards, Standards.initial(decoder, settings.seed()));
    } else {
      this.state = Checkpoint.read(resumed, head()).state();
      if (!state.standards.near(standards)) {
        throw new ModelException(
            "%s is of a training of another network, or with other photographs; train anew without --resume"
                .formatted(resumed));
      }
    }
  }

  /**
   * Makes ready to train from the beginning.
   *
   * @param photographs at least {@link #FEWEST}
   * @param classifier gives the decoder's tensors, in its order; takes the settings' batch at once
   * @param torch the decoder; takes the settings' batch at once
   * @throws ModelException if the photographs are too few
   */
  public static ExpansionTraining begin(
      TrainingSettings settings,
      Photographs photographs,
      FeatureBackend classifier,
      TorchDecoder torch) {
    return new ExpansionTraining(settings, photographs, classifier, torch, null);
  }

  /**
   * Makes ready to go on where a checkpoint ends. Number of steps, patience and rate may be others
   * than they were.
   *
   * @throws ModelException if the checkpoint is damaged or of another training
   */
  public static ExpansionTraining resume(
      Path checkpoint,
      TrainingSettings settings,
      Photographs photographs,
      FeatureBackend classifier,
      TorchDecoder torch) {
    if (!Files.isRegularFile(checkpoint)) {
      throw new ModelException("there is no training at %s that could go on".formatted(checkpoint));
    }
    return new ExpansionTraining(settings, photographs, classifier, torch, checkpoint);
  }

  private static void requireEnough(int count) {
    if (count < FEWEST) {
      throw new ModelException(
          "%d photographs can be used; at least %d are needed, a hundred are good"
              .formatted(count, FEWEST));
    }
  }

  /** Writes a checkpoint to this file after every measurement, and when the training ends. */
  public ExpansionTraining keeping(Path file) {
    checkpoint = file;
    return this;
  }

  /**
   * Trains until the steps are done, until the held-out loss has not become better for long enough,
   * or until it is told to stop.
   *
   * @return why it ended
   */
  public End run(Progress progress) {
    while (state.step < settings.steps() && state.worse() < settings.patience()) {
      if (progress.stopped()) {
        measureIfNew(progress);
        return End.STOPPED;
      }
      double loss = step();
      if (!Double.isFinite(loss)) {
        throw new ModelException(
            "the loss of step %d is %s; try a smaller --rate".formatted(state.step, loss));
      }
      state.add(loss);
      progress.step(state.step, loss);
      if (state.step % every == 0) {
        measure(progress);
      }
    }
    measureIfNew(progress);
    return state.worse() >= settings.patience() ? End.EARLY : End.DONE;
  }

  /** Why a training ended. */
  public enum End {
    /** All steps were done. */
    DONE,
    /** The held-out loss had not become better for some time. */
    EARLY,
    /** It was told to. */
    STOPPED
  }

  private double step() {
    int count = Math.min(settings.batch(), split.learnt());
    for (int i = 0; i < count; i++) {
      long number = (long) state.step * count + i;
      photographs.read(split.learnt(number), images, i * shape.size());
      split.augmentation(number).apply(images, i * shape.size(), shape);
    }
    List<float[]> features = classifier.run(images, count);
    double[] loss = new double[1];
    float[] gradient =
        torch.gradient(
            state.standards.weights(decoder, state.trained),
            features,
            count,
            rebuilt -> slope(rebuilt, loss));
    state.standards.gradient(decoder, gradient);
    state.move(gradient, settings.rate());
    return loss[0];
  }

  private float[] slope(float[] rebuilt, double[] loss) {
    float[] slope = new float[rebuilt.length];
    int cells = shape.height() * shape.width();
    double sum = 0;
    for (int i = 0; i < rebuilt.length; i++) {
      double deviation = state.standards.given().deviation(i / cells % shape.channels());
      double error = (rebuilt[i] - images.get(i)) / deviation;
      sum += error * error;
      slope[i] = (float) (2 * error / deviation / rebuilt.length);
    }
    loss[0] = sum / rebuilt.length;
    return slope;
  }

  private void measureIfNew(Progress progress) {
    if (state.curve.isEmpty() || state.curve.get(state.curve.size() - 1).step() < state.step) {
      measure(progress);
    }
  }

  private void measure(Progress progress) {
    double sum = 0;
    float[] weights = state.standards.weights(decoder, state.average);
    for (int from = 0; from < split.heldOut(); from += settings.batch()) {
      int count = Math.min(settings.batch(), split.heldOut() - from);
      List<float[]> features = heldOutFeatures(from, count);
      double[] loss = new double[1];
      float[] unused = slope(torch.reconstruct(weights, features, count), loss);
      sum += loss[0] * count;
    }
    boolean best = state.measured(sum / split.heldOut());
    progress.measured(state.curve.get(state.curve.size() - 1), best);
    if (checkpoint != null) {
      try {
        new Checkpoint(head(), state).write(checkpoint);
      } catch (IOException e) {
        throw new ModelException("%s cannot be written: %s".formatted(checkpoint, e), e);
      }
    }
  }

  private List<float[]> heldOutFeatures(int from, int count) {
    for (int i = 0; i < count; i++) {
      photographs.read(split.heldOut(from + i), images, i * shape.size());
    }
    return classifier.run(images, count);
  }

  /**
   * The first held-out photographs, as the network takes them and as they are rebuilt.
   *
   * @param by what rebuilds them: the decoder that was trained, on any device
   */
  public Samples samples(int most, TorchDecoder by) {
    int count = Math.min(most, split.heldOut());
    float[] originals = new float[count * shape.size()];
    float[] rebuilt = new float[originals.length];
    List<float[]> features = new ArrayList<>();
    for (Layer layer : decoder.skips()) {
      features.add(new float[count * layer.channels() * layer.height() * layer.width()]);
    }
    float[] weights = weights();
    for (int from = 0; from < count; from += settings.batch()) {
      int some = Math.min(settings.batch(), count - from);
      List<float[]> given = heldOutFeatures(from, some);
      images.get(0, originals, from * shape.size(), some * shape.size());
      float[] answer = by.reconstruct(weights, given, some);
      System.arraycopy(answer, 0, rebuilt, from * shape.size(), answer.length);
      for (int i = 0; i < given.size(); i++) {
        int size = features.get(i).length / count;
        System.arraycopy(given.get(i), 0, features.get(i), from * size, some * size);
      }
    }
    return new Samples(shape, count, originals, rebuilt, features);
  }

  /** The parameters of the decoder that rebuilds the held-out photographs best. */
  public float[] weights() {
    return state.standards.weights(decoder, state.best);
  }

  /** What was measured so far. */
  public List<Measurement> curve() {
    return List.copyOf(state.curve);
  }

  /** The measurement of {@link #weights}. */
  public Measurement best() {
    return state.curve.stream()
        .filter(measurement -> measurement.step() == state.bestStep)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("nothing was measured"));
  }

  /** Steps so far. */
  public int steps() {
    return state.step;
  }

  /** How many photographs are learnt from. */
  public int learntFrom() {
    return split.learnt();
  }

  /** How many photographs are held out. */
  public int heldOut() {
    return split.heldOut();
  }

  private Standards standards() {
    List<Layer> skips = decoder.skips();
    Moments.Sum[] sums = new Moments.Sum[skips.size()];
    for (int i = 0; i < sums.length; i++) {
      Layer layer = skips.get(i);
      sums[i] = new Moments.Sum(layer.channels(), layer.height() * layer.width());
    }
    Moments.Sum given = new Moments.Sum(shape.channels(), shape.height() * shape.width());
    float[] values = new float[shape.size()];
    for (int image = 0; image < Math.min(STANDARD_IMAGES, split.learnt()); image++) {
      photographs.read(split.learnt(image), images, 0);
      images.get(0, values);
      given.add(values, 1);
      List<float[]> features = classifier.run(images, 1);
      for (int i = 0; i < sums.length; i++) {
        sums[i].add(features.get(i), 1);
      }
    }
    Moments[] taken = new Moments[sums.length];
    for (int i = 0; i < taken.length; i++) {
      taken[i] = sums[i].moments();
    }
    return new Standards(taken, given.moments());
  }

  /** What the numbers depend on. */
  private Map<String, String> head() {
    Map<String, String> head = new LinkedHashMap<>();
    head.put("seed", Long.toString(settings.seed()));
    head.put("size", Integer.toString(settings.base()));
    head.put("batch", Integer.toString(settings.batch()));
    head.put("held-out share", Double.toString(settings.heldOut()));
    head.put(
        "layers",
        String.join(
            ", ",
            decoder.skips().stream()
                .map(
                    layer ->
                        "%s %dx%dx%d"
                            .formatted(
                                layer.name(), layer.channels(), layer.height(), layer.width()))
                .toList()));
    head.put("input", "%s, %s".formatted(shape, photographs.preprocessing().describe()));
    List<Path> files = photographs.files();
    head.put(
        "set of photographs",
        "%d files, %08x".formatted(files.size(), files.toString().hashCode()));
    return head;
  }
}
