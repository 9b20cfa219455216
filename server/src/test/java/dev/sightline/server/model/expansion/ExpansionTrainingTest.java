package dev.sightline.server.model.expansion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.FeatureBackend;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.engine.TorchDecoder;
import dev.sightline.server.graph.Decoder;
import dev.sightline.server.graph.ImageInput;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.SteppedNetwork;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpansionTrainingTest {
  private static final EngineSettings ENGINE = EngineSettings.cpu(4);

  @TempDir private Path folder;
  private ModelFolder model;
  private FeatureBackend classifier;
  private TorchDecoder torch;
  private Photographs photographs;
  private final List<String> skipped = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    model = SteppedNetwork.install(new ModelStore(folder.resolve("models")), "steps");
    List<Layer> layers = model.graph().skips(model.defaultLayer());
    Decoder decoder = Decoder.of(layers, model.graph().input(), 8);
    torch = new TorchDecoder(decoder, ENGINE);
    classifier =
        new OnnxRuntime(ENGINE)
            .open(
                model.graph().features(decoder.skips().stream().map(Layer::name).toList()),
                "steps");
    photographs = photographs(Drawings.fill(folder.resolve("drawings"), 16));
  }

  @AfterEach
  void close() {
    torch.close();
    classifier.close();
  }

  @Test
  void trainingRebuildsDrawingsThatItNeverSaw() {
    ExpansionTraining training = begin(settings(250));
    Recorder recorder = new Recorder(Integer.MAX_VALUE);
    assertThat(training.run(recorder)).isEqualTo(ExpansionTraining.End.DONE);
    assertThat(recorder.steps).isEqualTo(250);
    assertThat(training.curve()).hasSize(10).containsAll(recorder.measurements);
    assertThat(training.best().heldOut())
        .as("of the variance that each channel's mean leaves")
        .isLessThan(0.3);
    assertThat(variance(training.samples(3, torch))).isLessThan(0.3);
  }

  /** The loss in other words: the error that is left, beside that of each channel's mean. */
  private static double variance(Samples samples) {
    int cells = samples.shape().height() * samples.shape().width();
    double error = 0;
    double spread = 0;
    for (int c = 0; c < samples.shape().channels(); c++) {
      double sum = 0;
      double squares = 0;
      for (int n = 0; n < samples.count(); n++) {
        for (int i = 0; i < cells; i++) {
          int at = (n * samples.shape().channels() + c) * cells + i;
          sum += samples.originals()[at];
          squares += Math.pow(samples.originals()[at], 2);
          error += Math.pow(samples.rebuilt()[at] - samples.originals()[at], 2);
        }
      }
      spread += squares - sum * sum / (samples.count() * cells);
    }
    return error / spread;
  }

  @Test
  void interruptedTrainingGoesOnAsIfItHadNotBeen() {
    ExpansionTraining whole = begin(settings(60));
    whole.run(new Recorder(Integer.MAX_VALUE));

    Path file = folder.resolve("work/checkpoint.bin");
    ExpansionTraining first = begin(settings(60)).keeping(file);
    assertThat(first.run(new Recorder(33))).isEqualTo(ExpansionTraining.End.STOPPED);
    assertThat(first.steps()).isEqualTo(33);
    ExpansionTraining second =
        ExpansionTraining.resume(file, settings(60), photographs, classifier, torch);
    assertThat(second.steps()).isEqualTo(33);
    second.run(new Recorder(Integer.MAX_VALUE));

    assertThat(second.steps()).isEqualTo(60);
    assertThat(second.curve().get(second.curve().size() - 1).heldOut())
        .isEqualTo(whole.curve().get(whole.curve().size() - 1).heldOut());
    assertThat(second.weights()).containsExactly(whole.weights());
  }

  @Test
  void sameSeedGivesTheSameWeightsAndAnotherSeedOthers() {
    ExpansionTraining one = begin(settings(26));
    ExpansionTraining same = begin(settings(26));
    ExpansionTraining other = begin(new TrainingSettings(8, 4, 26, 0.2, 9, 1, 5));
    for (ExpansionTraining training : List.of(one, same, other)) {
      training.run(new Recorder(Integer.MAX_VALUE));
    }
    assertThat(same.weights()).containsExactly(one.weights());
    assertThat(other.weights()).isNotEqualTo(one.weights());
  }

  @Test
  void trainingEndsWhenHeldOutDrawingsAreRebuiltNoBetter() {
    // A rate too small to change any float: nothing is better than the first measurement.
    ExpansionTraining training = begin(new TrainingSettings(8, 4, 5000, 0.2, 2, 1e-30, 1));
    assertThat(training.run(new Recorder(Integer.MAX_VALUE)))
        .isEqualTo(ExpansionTraining.End.EARLY);
    assertThat(training.steps()).isEqualTo(75);
    assertThat(training.best().step()).isEqualTo(25);
  }

  @Test
  void lossThatIsNoNumberEndsTheTraining() {
    ExpansionTraining training = begin(new TrainingSettings(8, 4, 500, 0.2, 2, 1e30, 1));
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> training.run(new Recorder(Integer.MAX_VALUE)))
        .withMessageContaining("try a smaller --rate");
  }

  @Test
  void checkpointOfAnotherTrainingIsRefusedWithWhatDiffers() throws IOException {
    Path file = folder.resolve("checkpoint.bin");
    begin(settings(3)).keeping(file).run(new Recorder(Integer.MAX_VALUE));
    assertRefused(file, new TrainingSettings(8, 4, 9, 0.2, 9, 1, 8), "another seed (1, not 8)");
    assertRefused(file, new TrainingSettings(8, 2, 9, 0.2, 9, 1, 1), "another batch (4, not 2)");
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(
            () ->
                ExpansionTraining.resume(
                    file, settings(9), photographs, new Louder(classifier), torch))
        .withMessageContaining("another network, or with other photographs");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertRefused(file, settings(9), "cannot be read");
    Files.writeString(file, "not a checkpoint");
    assertRefused(file, settings(9), "it is of another kind");
    assertRefused(folder.resolve("nowhere"), settings(9), "there is no training at");
  }

  @Test
  void whatIsNoPhotographIsNamedAndTooFewAreRefused() throws IOException {
    Path some = Drawings.fill(folder.resolve("some"), 8);
    byte[] png = Files.readAllBytes(some.resolve("drawing03.png"));
    Files.write(some.resolve("drawing03.png"), Arrays.copyOf(png, png.length / 2));
    Files.writeString(some.resolve("notes.txt"), "not a photograph");
    Photographs few = photographs(some);
    assertThat(skipped)
        .hasSize(2)
        .anySatisfy(line -> assertThat(line).contains("drawing03.png: the image cannot be read"))
        .anySatisfy(line -> assertThat(line).contains("notes.txt: "));
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> ExpansionTraining.begin(settings(3), few, classifier, torch))
        .withMessage("7 photographs can be used; at least 8 are needed, a hundred are good");
  }

  @Test
  void photographThatIsGoneEndsTheTrainingWithItsName() throws IOException {
    ExpansionTraining training = begin(settings(30));
    Files.delete(photographs.files().get(5));
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> training.run(new Recorder(Integer.MAX_VALUE)))
        .withMessageContaining("drawing05.png cannot be read any more");
  }

  @Test
  void writtenFileRebuildsOnOnnxRuntimeWhatPyTorchRebuilds() throws IOException {
    ExpansionTraining training = begin(settings(30));
    training.run(new Recorder(Integer.MAX_VALUE));
    Samples samples = training.samples(3, torch);
    ExpansionFile file =
        ExpansionFile.of(
            torch.decoder(),
            model.graph(),
            training.weights(),
            samples,
            Map.of("steps", "30"),
            ENGINE);
    assertThat(file.difference()).isLessThan(1e-6);
    assertThat(file.proven()).isEqualTo(file.model());
    assertThat(file.model().getMetadataProps(0).getValue()).isEqualTo("30");
  }

  @Test
  void fileOfOtherWeightsThanThoseThatRebuiltMayNotBeWritten() {
    ExpansionTraining training = begin(settings(3));
    training.run(new Recorder(Integer.MAX_VALUE));
    float[] others = training.weights();
    others[others.length - 1] += 1;
    ExpansionFile file =
        ExpansionFile.of(
            torch.decoder(), model.graph(), others, training.samples(3, torch), Map.of(), ENGINE);
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(file::proven)
        .withMessageContaining("ONNX Runtime rebuilds photographs otherwise than PyTorch");
  }

  private void assertRefused(Path file, TrainingSettings settings, String why) {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> ExpansionTraining.resume(file, settings, photographs, classifier, torch))
        .withMessageContaining(why);
  }

  private static TrainingSettings settings(int steps) {
    return new TrainingSettings(8, 4, steps, 0.2, 9, 1, 1);
  }

  private ExpansionTraining begin(TrainingSettings settings) {
    return ExpansionTraining.begin(settings, photographs, classifier, torch);
  }

  private Photographs photographs(Path from) throws IOException {
    Photographs found = new Photographs(model.inputShape(), model.preprocessing());
    try (Stream<Path> files = Files.list(from)) {
      found.add(files.sorted().toList(), skipped::add, () -> {});
    }
    return found;
  }

  /** A network of the same layers and other weights. */
  private record Louder(FeatureBackend quiet) implements FeatureBackend {
    @Override
    public ImageInput input() {
      return quiet.input();
    }

    @Override
    public List<Layer> layers() {
      return quiet.layers();
    }

    @Override
    public int maxBatch() {
      return quiet.maxBatch();
    }

    @Override
    public List<float[]> run(FloatBuffer images, int count) {
      List<float[]> maps = quiet.run(images, count);
      for (float[] map : maps) {
        for (int i = 0; i < map.length; i++) {
          map[i] *= 1.1f;
        }
      }
      return maps;
    }

    @Override
    public void close() {
      quiet.close();
    }
  }

  private static final class Recorder implements Progress {
    private final int most;
    private final List<Measurement> measurements = new ArrayList<>();
    private int steps;

    Recorder(int most) {
      this.most = most;
    }

    @Override
    public void step(int count, double loss) {
      steps = count;
    }

    @Override
    public void measured(Measurement measurement, boolean best) {
      measurements.add(measurement);
    }

    @Override
    public boolean stopped() {
      return steps >= most;
    }
  }
}
