package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.TinyExpansion;
import dev.sightline.server.model.TinyNetwork;
import dev.sightline.server.model.pull.Catalogue;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelCommandTest {
  private final Path folder;
  private final ModelStore store;
  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();

  ModelCommandTest(@TempDir Path folder) {
    this.folder = folder;
    store = new ModelStore(folder.resolve("models"));
  }

  @Test
  void addedModelIsListedAndShown() throws IOException {
    Path file = TinyNetwork.write(folder.resolve("My Net.onnx"));
    Path labels = Files.writeString(folder.resolve("names.txt"), "cat\ndog\n");

    assertThat(
            run(
                "add",
                file.toString(),
                "--labels",
                labels.toString(),
                "--mean=0.5",
                "--std=0.1,0.2,0.3",
                "--scale=1",
                "--order=BGR",
                "--resize=center-crop:9",
                "--layer=relu5",
                "--description=A tiny one"))
        .isZero();

    ModelFolder model = ModelFolder.read(store.folder("my-net"));
    assertThat(model.preprocessing().mean()).containsExactly(127.5f, 127.5f, 127.5f);
    assertThat(model.preprocessing().std()).containsExactly(25.5f, 51, 76.5f);
    assertThat(model.defaultLayer()).isEqualTo("relu5");
    assertThat(out.toString()).contains("my-net: A tiny one", "classes 2, cat ... dog");
    assertThat(run("list")).isZero();
    assertThat(out.toString().lines().toList().get(1)).matches("my-net +2 +3 x 8 x 8 .*A tiny one");
    assertThat(run("show", "my-net")).isZero();
    assertThat(out.toString())
        .containsPattern("\\* +relu5 +Relu +3 x 8 x 8 +1\\.8, 1\\.8 +theory +all but CAM")
        .containsPattern("  +relu6 +Relu +3 x 8 x 8 +2\\.0, 2\\.0 +theory +all\\R");
  }

  @Test
  void methodsThatALayerOrTheNetworkCannotGiveAreNotClaimed() throws IOException {
    ModelProto.Builder smooth = TinyNetwork.onnx().toBuilder();
    GraphProto.Builder graph = smooth.getGraphBuilder();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      if (graph.getNode(i).getOutput(0).equals("relu6")) {
        String before = graph.getNode(i).getInput(0);
        graph
            .setNode(i, NodeProto.newBuilder().setOpType("Mul").addInput(before).addInput("gate"))
            .getNodeBuilder(i)
            .addOutput("relu6");
        graph.addNode(
            i, NodeProto.newBuilder().setOpType("Sigmoid").addInput(before).addOutput("gate"));
        break;
      }
    }
    Path file = Files.write(folder.resolve("smooth.onnx"), smooth.build().toByteArray());
    assertThat(run("add", file.toString())).isZero();

    assertThat(run("show", "smooth")).isZero();
    assertThat(out.toString())
        .containsPattern("  +gate +Sigmoid .* all but CAM, ABLATION_CAM, RECIPRO_CAM\\R")
        .containsPattern("\\Rall: CAM, GRAD_CAM, .*GRADIENT, SMOOTH_GRAD, SCORE_CAM, .*RISE\\R")
        .containsPattern("\\Rno layer gives GUIDED_BACKPROPAGATION, GUIDED_GRAD_CAM: .*SiLU")
        .containsPattern("\\Rno layer gives DECONVNET: .*SiLU")
        .containsPattern("\\Rno layer gives HIGH_RES_CAM: .*train-expansion smooth");
  }

  @Test
  void eachSubcommandIsDescribedByAWholeSentence() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString().strip()).endsWith("expansion.onnx.");
    assertThat(out.toString().replaceAll("\\s+", " "))
        .contains("Takes an ONNX or TorchScript classifier into the user's models.");
  }

  @Test
  void expansionNetworkIsShownOrHowToTrainOne() {
    ModelFolder model = TinyNetwork.install(store, "tiny");
    assertThat(run("show", "tiny")).isZero();
    assertThat(out.toString())
        .contains(
            "  expands model tiny has no expansion network; `sightline model train-expansion tiny --images DIR` trains one");
    TinyExpansion.beside(model);
    assertThat(run("show", "tiny")).isZero();
    assertThat(out.toString()).contains("  expands expansion.onnx, 0.0 MB, from relu6");
  }

  @Test
  void graphOfALayerIsShownByItsOperators() {
    TinyNetwork.install(store, "tiny");
    assertThat(run("show", "tiny", "--graph")).isZero();
    assertThat(out.toString())
        .contains("tiny, layer relu6", "not taken by TensorRT's parser: none")
        .containsPattern("opset +17, \\d+ nodes, 0\\.0\\d MB")
        .containsPattern("\\R +Conv +6\\R");
    assertThat(run("show", "tiny", "--graph", "--layer=relu5")).isZero();
    assertThat(out.toString()).contains("layer relu5").containsPattern("\\R +Conv +6 +1\\R");
    assertRefused("there is no layer 'nix'", "show", "tiny", "--graph", "--layer=nix");
    assertThat(out.toString()).isEmpty();
    assertRefused("--layer goes with --graph", "show", "tiny", "--layer=relu5");
  }

  @Test
  void oneOfSeveralOutputsIsChosenAndStaysChosen() throws IOException {
    ModelProto.Builder several = TinyNetwork.onnx().toBuilder();
    several
        .getGraphBuilder()
        .addNode(NodeProto.newBuilder().setOpType("Neg").addInput("logits").addOutput("auxiliary"))
        .addNode(NodeProto.newBuilder().setOpType("Identity").addInput("logits").addOutput("main"))
        .clearOutput()
        .addOutput(TinyNetwork.onnx().getGraph().getOutput(0).toBuilder().setName("main"))
        .addOutput(TinyNetwork.onnx().getGraph().getOutput(0).toBuilder().setName("auxiliary"));
    Path file = Files.write(folder.resolve("two.onnx"), several.build().toByteArray());

    assertRefused("which of the outputs [main, auxiliary] are the logits?", "add", file.toString());
    assertThat(err.toString()).contains("--output");
    assertRefused(
        "there is no output 'nix', only [main, auxiliary]", "add", file.toString(), "--output=nix");
    assertThat(run("add", file.toString(), "--output=auxiliary")).isZero();
    ModelFolder model = ModelFolder.read(store.folder("two"));
    assertThat(model.graph().model().getGraph().getOutputList())
        .extracting(ValueInfoProto::getName)
        .containsExactly("auxiliary");
    assertThat(model.graph().explain("relu6").model().getGraph().getNodeList())
        .extracting(NodeProto::getOpType)
        .contains("Neg");
    Path module = Files.writeString(folder.resolve("module.pt"), "");
    assertRefused("--output is for ONNX", "add", module.toString(), "--output=main");
  }

  @Test
  void addFillsInWhatIsNotGiven() throws IOException {
    TinyNetwork.write(folder.resolve("tiny.onnx"));
    assertThat(run("add", folder.resolve("tiny.onnx").toString())).isZero();
    ModelFolder model = ModelFolder.read(store.folder("tiny"));
    assertThat(model.labels().all()).containsExactly("class 0", "class 1");
    assertThat(model.defaultLayer()).isEqualTo("relu6");
    assertThat(out.toString()).contains("no labels were given");
  }

  @Test
  void modelWithoutLayersIsAddedAndSaysWhatItCannot() throws IOException {
    Path file = folder.resolve("box.onnx");
    Files.write(file, TinyNetwork.withoutLayers().toByteArray());
    assertThat(run("add", file.toString())).isZero();
    assertThat(out.toString())
        .contains(
            "  layer   none",
            "  no layer can be explained, only the network as a black box: node 'pooled' (GlobalLpPool) has an operator without a rule of differentiation");
    assertThat(run("list")).isZero();
    assertThat(run("show", "box")).isZero();
    assertRefused(
        "layer 'relu6' cannot be explained: node 'pooled' (GlobalLpPool)",
        "add",
        file.toString(),
        "--layer=relu6");
  }

  @Test
  void whatCannotBeAddedIsToldInOneSentence() throws IOException {
    String file = TinyNetwork.write(folder.resolve("tiny.onnx")).toString();
    Path labels = Files.writeString(folder.resolve("names.txt"), "cat\n");
    Path text = Files.writeString(folder.resolve("text.onnx"), "this is not a network");

    assertRefused("text.onnx", "add", text.toString());
    assertRefused("missing.onnx", "add", folder.resolve("missing.onnx").toString());
    assertRefused(
        "names.txt has 1 labels where the network has 2 classes",
        "add",
        file,
        "--labels=" + labels);
    assertRefused("there is no layer 'relu9'", "add", file, "--layer=relu9");
    assertRefused("--mean has 2 values", "add", file, "--mean=1,2");
    assertRefused("and the std 0.0", "add", file, "--std=0");
    assertRefused("--scale 0.0 is not positive", "add", file, "--scale=0");
    assertRefused("resize 'zoom' is neither", "add", file, "--resize=zoom");
    assertRefused("--order GREY does not fit", "add", file, "--order=GREY");
    assertRefused("'A b' is no model's name", "add", file, "--name=A b");
    assertThat(store.folders()).isEmpty();

    assertThat(run("add", file)).isZero();
    assertRefused("there is a model 'tiny' at", "add", file);
    assertThat(run("add", file, "--replace")).isZero();
  }

  @Test
  void damagedModelIsToldAndTheOthersAreListed() throws IOException {
    TinyNetwork.install(store, "good");
    Files.delete(TinyNetwork.install(store, "poor").path().resolve("labels.txt"));
    assertThat(run("list")).isEqualTo(1);
    assertThat(out.toString()).contains("good").doesNotContain("poor");
    assertThat(err.toString().strip()).endsWith("labels.txt is missing");
  }

  @Test
  void emptyListTellsHowToGetAModel() {
    assertThat(run("list")).isZero();
    assertThat(out.toString()).contains("sightline model pull mobilenet-v1");
  }

  @Test
  void unknownAndUnreachableModelsAreToldInOneSentence() {
    assertRefused("there is no model 'nix'", "show", "nix");
    assertRefused("the catalogue has no model 'nix', only", "pull", "nix");
    assertRefused("no npm here", "pull", "mobilenet-v1");
  }

  @Test
  void commandWithoutASubcommandSaysWhichThereAre() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "which of pull, add, export-torch, list, show, fit-receptive-field, quantize and train-expansion?",
            "Try 'model --help'");
  }

  private void assertRefused(String message, String... arguments) {
    assertThat(run(arguments)).isEqualTo(1);
    assertThat(err.toString().strip()).startsWith("sightline: ").contains(message);
    assertThat(err.toString().strip().lines()).hasSize(1);
  }

  private int run(String... arguments) {
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
