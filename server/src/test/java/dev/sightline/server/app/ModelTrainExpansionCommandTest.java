package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import dev.sightline.server.graph.ExpansionNetwork;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.SteppedNetwork;
import dev.sightline.server.model.expansion.Drawings;
import dev.sightline.server.model.pull.Catalogue;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelTrainExpansionCommandTest {
  @TempDir private Path folder;
  private ModelStore store;
  private Path drawings;
  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();

  @BeforeEach
  void install() throws IOException {
    store = new ModelStore(folder.resolve("models"));
    SteppedNetwork.install(store, "steps");
    drawings = Drawings.fill(folder.resolve("drawings"), 10);
    Files.writeString(drawings.resolve("notes.txt"), "not a photograph");
  }

  @Test
  void trainedNetworkLiesBesideTheModelAndTheTrainingGoesOn() throws IOException {
    assertThat(run("steps", "--images=" + drawings, "--steps=30", "--size=4"))
        .as(err.toString())
        .isZero();
    assertThat(out.toString())
        .containsPattern("skipped .*notes\\.txt: ")
        .containsPattern("steps: a decoder of \\d+ parameters from 4 x 4 to 27 x 30")
        .contains("takes    relu3, 8 x 4 x 4", "takes    relu1, 16 x 14 x 15")
        .contains("learns   from 8 photographs, 4 a step, 2 held out")
        .containsPattern("step 25: loss 0\\.\\d+, held out \\d\\.\\d+, the best so far")
        .contains("ended after 30 steps")
        .containsPattern("held out a loss of \\d\\.\\d+ after 30 steps")
        .containsPattern("ONNX Runtime and PyTorch differ by \\d\\.\\de-0[6-9]");
    Path written = store.folder("steps").resolve("expansion.onnx");
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(written));
    assertThat(model.getGraph().getOutput(0).getName()).isEqualTo(ExpansionNetwork.RECONSTRUCTION);
    assertThat(model.getMetadataPropsList())
        .extracting(StringStringEntryProto::getKey)
        .contains("sightline.images", "sightline.held_out_loss");
    Path work = store.folder("steps").resolve("expansion-training");
    for (String picture : new String[] {"loss.png", "reconstructions.png"}) {
      assertThat(ImageIO.read(work.resolve(picture).toFile()).getWidth()).isGreaterThan(400);
    }

    assertThat(run("steps", "--images=" + drawings, "--epochs=20", "--size=4", "--resume"))
        .as(err.toString())
        .isZero();
    assertThat(out.toString()).contains("ended after 40 steps").doesNotContain("step 25:");
  }

  @Test
  void modelIsFoundByThePathOfItsFolderToo() {
    Path output = folder.resolve("elsewhere/expansion.onnx");
    assertThat(
            run(
                store.folder("steps").toString(),
                "--images=" + drawings,
                "--steps=1",
                "--size=2",
                "--output=" + output))
        .as(err.toString())
        .isZero();
    assertThat(output).isNotEmptyFile();
    assertThat(store.folder("steps").resolve("expansion.onnx")).doesNotExist();
    assertThat(output.resolveSibling("expansion-training")).isNotEmptyDirectory();
  }

  @Test
  void whatCannotBeTrainedIsToldInOneSentence() throws IOException {
    Path few = Drawings.fill(folder.resolve("few"), 3);
    assertRefused("3 photographs can be used; at least 8 are needed", "--images=" + few);
    assertRefused("nowhere cannot be read", "--images=" + folder.resolve("nowhere"));
    assertRefused("--size is 'huge'", "--images=" + drawings, "--size=huge");
    assertRefused("a decoder of 0 channels", "--images=" + drawings, "--size=0");
    assertRefused("a batch of 0 photographs", "--images=" + drawings, "--batch=0");
    assertRefused("1.0 held out", "--images=" + drawings, "--held-out=1");
    assertRefused("0 epochs", "--images=" + drawings, "--epochs=0");
    assertRefused("there is no training at", "--images=" + drawings, "--resume");
    assertThat(run("nix", "--images=" + drawings)).isEqualTo(1);
    assertThat(err.toString()).contains("there is no model 'nix'");
  }

  private void assertRefused(String message, String... options) {
    String[] arguments = new String[options.length + 1];
    arguments[0] = "steps";
    System.arraycopy(options, 0, arguments, 1, options.length);
    assertThat(run(arguments)).isEqualTo(1);
    assertThat(err.toString().strip()).startsWith("sightline: ").contains(message);
    assertThat(err.toString().strip().lines()).hasSize(1);
    assertThat(store.folder("steps").resolve("expansion.onnx")).doesNotExist();
  }

  private int run(String... options) {
    out = new StringWriter();
    err = new StringWriter();
    ModelCommand command =
        new ModelCommand(
            store,
            Catalogue.builtIn(),
            (npmPackage, into, progress) -> {
              throw new ModelException("no npm here");
            });
    String[] arguments = new String[options.length + 2];
    arguments[0] = "train-expansion";
    System.arraycopy(options, 0, arguments, 1, options.length);
    arguments[arguments.length - 1] = "--threads=1";
    return Main.configured(new CommandLine(command))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
