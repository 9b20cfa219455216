package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.engine.TorchModules;
import dev.sightline.server.image.ChannelOrder;
import dev.sightline.server.model.BoxNetwork;
import dev.sightline.server.model.Labels;
import dev.sightline.server.model.ModelCard;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ModelRepository;
import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.Sigma;
import dev.sightline.server.model.pull.Catalogue;
import dev.sightline.v1.SigmaSource;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelFitReceptiveFieldCommandTest {
  @TempDir private Path folder;
  private ModelStore store;
  private Path photos;
  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();

  @BeforeEach
  void install() throws IOException {
    store = new ModelStore(folder.resolve("models"));
    BoxNetwork.install(store, "boxes");
    photos = Files.createDirectories(folder.resolve("photos"));
    photo(photos.resolve("a.png"), 0x8090a0);
    photo(Files.createDirectories(photos.resolve("more")).resolve("b.png"), 0x405060);
    Files.writeString(photos.resolve("notes.txt"), "not a photograph");
  }

  @Test
  void sigmaIsMeasuredWrittenAndServed() {
    assertThat(run("--images", photos.toString())).as(err.toString()).isZero();

    assertThat(out.toString())
        .containsPattern("skipped .*notes\\.txt: ")
        .contains("boxes, layer relu12: row 20, column 20 of 40 x 40, 2 images")
        .containsPattern("sigma +x 2\\.8., y 2\\.8. pixels of 40 x 40; 2\\.8, 2\\.8 in theory")
        .containsPattern("R2 +0\\.99")
        .doesNotContain("holes", "R2 is low");
    ModelFolder model = ModelFolder.read(store.folder("boxes"));
    assertThat(model.sigmas()).as("others stay").containsEntry("relu2", new Sigma(3, 4));
    assertThat(model.sigmas())
        .hasEntrySatisfying(
            "relu12", sigma -> assertThat(sigma.x()).isCloseTo(2.87f, within(0.02f)));
    try (ModelRepository served =
        ModelRepository.load(List.of(model.path()), new OnnxRuntime(EngineSettings.cpu(1)))) {
      assertThat(served.defaultModel().layer("").sigmaSource())
          .isEqualTo(SigmaSource.SIGMA_SOURCE_MODEL);
    }
    assertThat(model.path().resolve("receptive-field-relu12.png")).isNotEmptyFile();
    assertThat(out.toString()).contains("receptive-field-relu12.png", "model.yaml");
    assertThat(command("show", "boxes")).isZero();
    assertThat(out.toString())
        .containsPattern("\\* +relu12 +Relu +3 x 40 x 40 +2\\.9, 2\\.9 +model\\.yaml");
  }

  @Test
  void dryRunOnlySaysAndDrawsWhereItIsTold() throws IOException {
    Path picture = folder.resolve("field.png");
    String before = Files.readString(store.folder("boxes").resolve("model.yaml"));
    assertThat(run("--images=" + photos, "--layer=relu8", "--dry-run", "--out=" + picture))
        .isZero();
    assertThat(out.toString()).contains("layer relu8", "sigma was not written (--dry-run)");
    assertThat(ImageIO.read(picture.toFile()).getWidth()).isGreaterThan(1000);
    assertThat(store.folder("boxes").resolve("model.yaml")).hasContent(before);
    assertThat(store.folder("boxes")).isDirectoryNotContaining("glob:**.png");
  }

  @Test
  void whatCannotBeMeasuredIsToldInOneSentence() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    assertRefused("no image in " + empty + " could be used", "--images=" + empty);
    assertRefused("there is no layer 'nix'", "--images=" + photos, "--layer=nix");
    assertRefused("nowhere cannot be read", "--images=" + folder.resolve("nowhere"));
    assertRefused("is the input itself", "--images=" + photos, "--layer=input");
    assertRefused(
        "no Gaussian fits: ", "--images=" + blackPhotograph(empty).getParent(), "--layer=relu3");
    assertThat(command("fit-receptive-field", "nix", "--images=x")).isEqualTo(1);
    assertThat(err.toString()).contains("there is no model 'nix'");
  }

  @Test
  void torchScriptModuleIsMeasuredAtItsOneLayer() {
    ModelCard.Input input =
        new ModelCard.Input(
            ChannelOrder.RGB, new float[3], new float[] {99, 99, 99}, "stretch", 32, 32);
    store.install(
        new ModelCard("torch", "", input, null, null, null, null, null),
        Labels.numbered(10),
        ModelFolder.TORCH,
        module -> Files.copy(TorchModules.path("pooled.pt"), module),
        false);
    assertThat(command("fit-receptive-field", "torch", "--images=" + photos))
        .as(err.toString())
        .isZero();
    assertThat(out.toString())
        .contains("torch, layer features: row 4, column 4 of 8 x 8, 2 images")
        .doesNotContain("in theory");
    assertThat(ModelFolder.read(store.folder("torch")).sigmas()).containsOnlyKeys("features");
    assertThat(command("fit-receptive-field", "torch", "--images=" + photos, "--layer=relu"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("there is no layer 'relu'; a TorchScript module has one");
  }

  /** No ReLU passes anything of it. */
  private static Path blackPhotograph(Path folder) throws IOException {
    return photo(folder.resolve("black.png"), 0);
  }

  private void assertRefused(String message, String... arguments) {
    assertThat(run(arguments)).isEqualTo(1);
    assertThat(err.toString().strip()).startsWith("sightline: ").contains(message);
    assertThat(err.toString().strip().lines()).hasSize(1);
  }

  private static Path photo(Path file, int rgb) throws IOException {
    BufferedImage image = new BufferedImage(50, 60, BufferedImage.TYPE_3BYTE_BGR);
    for (int i = 0; i < 3000; i++) {
      image.setRGB(i % 50, Math.floorDiv(i, 50), rgb);
    }
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  private int run(String... options) {
    String[] arguments = new String[options.length + 2];
    arguments[0] = "fit-receptive-field";
    arguments[1] = "boxes";
    System.arraycopy(options, 0, arguments, 2, options.length);
    return command(arguments);
  }

  private int command(String... arguments) {
    out = new StringWriter();
    err = new StringWriter();
    ModelCommand command =
        new ModelCommand(
            store,
            Catalogue.builtIn(),
            (npmPackage, into, progress) -> {
              throw new ModelException("no npm here");
            });
    return Main.configured(new CommandLine(command))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
