package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.HeatmapReader;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Plan;
import dev.sightline.server.batch.PlanLimits;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.RefusedException;
import dev.sightline.server.batch.Worker;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.Engines;
import dev.sightline.server.engine.TorchModules;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.model.ModelRepository;
import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.pull.Catalogue;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Image;
import dev.sightline.v1.Method;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RawImage;
import dev.sightline.v1.Sigma;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** One network as ONNX and as TorchScript, in one server: from the command line to the heatmaps. */
class BothEnginesTest {
  private final Path home;
  private final ModelStore store;
  private final StringWriter out = new StringWriter();

  BothEnginesTest(@TempDir Path home) {
    this.home = home;
    store = new ModelStore(home.resolve("models"));
  }

  @Test
  void bothGiveTheSameHeatmaps() throws RefusedException {
    add("graph", "pooled.onnx");
    add("module", "pooled.pt", "--size=32x32");
    try (ModelRepository models = load()) {
      ServedCatalogue catalogue = new ServedCatalogue(models);
      ExplainOptions.Builder options =
          ExplainOptions.newBuilder()
              .addMethods(Method.METHOD_GRAD_CAM)
              .addMethods(Method.METHOD_CAM)
              .addMethods(Method.METHOD_GRAD_CAM_PLUS_PLUS)
              .addMethods(Method.METHOD_EXTENDED_CAM)
              .setSigma(Sigma.newBuilder().setX(5).setY(5))
              .addClasses(ClassChoice.newBuilder().setMostProbable(3))
              .setEncoding(Encoding.ENCODING_GRID_FLOAT32);
      Explanation graph = explain(catalogue, options.setModel("graph").build());
      Explanation module = explain(catalogue, options.setModel("module").build());
      assertThat(module.getHeatmapsCount()).isEqualTo(12).isEqualTo(graph.getHeatmapsCount());
      for (int i = 0; i < 12; i++) {
        assertThat(module.getHeatmaps(i).getClassIndex())
            .isEqualTo(graph.getHeatmaps(i).getClassIndex());
        float[] wanted = HeatmapReader.grid(graph.getHeatmaps(i)).values();
        float[] given = HeatmapReader.grid(module.getHeatmaps(i)).values();
        float largest = 0;
        for (float value : wanted) {
          largest = Math.max(largest, Math.abs(value));
        }
        assertThat(largest).isPositive();
        assertThat(given).containsExactly(wanted, within(1e-5f * largest));
      }
    }
  }

  @Test
  void gaussianWithoutSigmaIsRefusedByAWayOut() {
    add("module", "pooled.pt", "--size=32x32");
    try (ModelRepository models = load()) {
      ServedCatalogue catalogue = new ServedCatalogue(models);
      ExplainOptions options =
          ExplainOptions.newBuilder().addMethods(Method.METHOD_EXTENDED_CAM).build();
      assertThatExceptionOfType(RefusedException.class)
          .isThrownBy(() -> explain(catalogue, options))
          .withMessage(
              "METHOD_EXTENDED_CAM with Gaussian upsampling needs sigma: model module does not know"
                  + " the receptive field of features. Give sigma in the options or in model.yaml,"
                  + " or choose bilinear upsampling.");
    }
  }

  @Test
  void addedModuleIsListedAndShown() {
    add("module", "hidden.pt", "--size=32x32");
    assertThat(run("list")).isZero();
    assertThat(run("show", "module")).isZero();
    assertThat(out.toString())
        .containsPattern("module +10 +3 x 32 x 32 +0\\.0 MB +added from hidden\\.pt")
        .containsPattern("\\* +features +TorchScript +12 x 8 x 8 +unknown +all but CAM");
  }

  @Test
  void moduleWithoutASizeIsNotAdded() {
    assertThat(run("add", TorchModules.path("pooled.pt").toString())).isEqualTo(1);
    assertThat(out.toString()).contains("give it as --size ROWSxCOLUMNS, such as 224x224");
    assertThat(store.folders()).isEmpty();
  }

  @Test
  void exportTorchSaysHowAndWritesTheScript() throws Exception {
    assertThat(run("export-torch")).isZero();
    assertThat(out.toString()).contains("sightline model add resnet18.pt --size 224x224");
    Path script = home.resolve("export_torch.py");
    assertThat(run("export-torch", script.toString())).isZero();
    assertThat(Files.readString(script)).contains("def export(model, example, path):");
    assertThat(run("export-torch", script.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("export_torch.py is there already");
  }

  private ModelRepository load() {
    return ModelRepository.load(store.folders(), new Engines(EngineSettings.cpu(4)));
  }

  private void add(String name, String file, String... more) {
    String[] words = {"add", TorchModules.path(file).toString(), "--name=" + name, "--std=64"};
    String[] all = new String[words.length + more.length];
    System.arraycopy(words, 0, all, 0, words.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    assertThat(run(all)).as(out.toString()).isZero();
  }

  private int run(String... arguments) {
    PrintWriter writer = new PrintWriter(out, true);
    return new CommandLine(
            new ModelCommand(store, Catalogue.builtIn(), (npmPackage, into, progress) -> into))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setOut(writer)
        .setErr(writer)
        .execute(arguments);
  }

  private static Explanation explain(ServedCatalogue catalogue, ExplainOptions options)
      throws RefusedException {
    Plan plan =
        new Planner(catalogue, new ImageReader(ImageLimits.DEFAULT), PlanLimits.DEFAULT)
            .plan(options);
    Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime);
    List<Explanation> answers = new ArrayList<>();
    plan.submit(batcher.single(), noise(), 0, built -> answers.add(built.build()));
    Worker worker = batcher.worker();
    while (worker.step()) {}
    assertThat(answers).hasSize(1);
    assertThat(answers.get(0).getOutcome()).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    return answers.get(0);
  }

  private static Image noise() {
    byte[] pixels = new byte[32 * 32 * 3];
    new Random(3).nextBytes(pixels);
    return Image.newBuilder()
        .setRaw(
            RawImage.newBuilder()
                .setWidth(32)
                .setHeight(32)
                .setFormat(PixelFormat.PIXEL_FORMAT_RGB)
                .setData(ByteString.copyFrom(pixels)))
        .build();
  }
}
