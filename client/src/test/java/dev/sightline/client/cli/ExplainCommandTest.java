package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sightline.client.FakeAnswers;
import dev.sightline.client.FakeServer;
import dev.sightline.client.Pictures;
import dev.sightline.heatmap.Expansion;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.v1.Cell;
import dev.sightline.v1.Fusion;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.Method;
import dev.sightline.v1.Noise;
import dev.sightline.v1.RandomMasks;
import dev.sightline.v1.Selection;
import dev.sightline.v1.Upsampling;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainCommandTest {
  private final FakeServer server = FakeServer.onLoopback();

  @TempDir Path folder;

  ExplainCommandTest() throws IOException {}

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void overlaysAndATableAreWrittenForEachImage() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    Cli cli = explain(cat);

    assertThat(cli.err()).isEmpty();
    assertThat(cli.exit()).isZero();
    assertThat(cli.out().lines())
        .contains(
            cat.toString(), "   50.0 %  tabby                                0  logit    5.000")
        .endsWith("  " + out("cat-grad-cam.png"));
    assertThat(PhotoCodec.read(Files.readAllBytes(out("cat-grad-cam.png"))).width()).isEqualTo(30);
  }

  @Test
  void overlaysTakeTheSizeThatIsGiven() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    explain(cat, "--size", "64x48");
    assertThat(PhotoCodec.read(Files.readAllBytes(out("cat-grad-cam.png"))).width()).isEqualTo(64);
    explain(cat, "--size", "input", "--encoding", "overlay-jpeg");
    assertThat(PhotoCodec.read(Files.readAllBytes(out("cat-grad-cam.png"))).width())
        .isEqualTo(FakeAnswers.INPUT);
  }

  @Test
  void everyLayerFilterAndClassHasAFileOfItsOwn() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    Cli cli =
        explain(
            cat,
            "--method",
            "grad-cam,rise",
            "--layer",
            FakeAnswers.EARLY_LAYER + "," + FakeAnswers.LAYER,
            "--filters",
            "3,17",
            "--class",
            "top:2");
    assertThat(cli.err()).isEmpty();
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      assertThat(files.map(file -> String.valueOf(file.getFileName())))
          .containsExactlyInAnyOrder(
              "cat-grad-cam@early_conv_pw_5_0-filter3-top1.png",
              "cat-grad-cam@early_conv_pw_5_0-filter17-top1.png",
              "cat-grad-cam@conv_pw_13-filter3-top1.png",
              "cat-grad-cam@conv_pw_13-filter17-top1.png",
              "cat-rise-top1.png",
              "cat-grad-cam@early_conv_pw_5_0-filter3-top2.png",
              "cat-grad-cam@early_conv_pw_5_0-filter17-top2.png",
              "cat-grad-cam@conv_pw_13-filter3-top2.png",
              "cat-grad-cam@conv_pw_13-filter17-top2.png",
              "cat-rise-top2.png");
    }
  }

  @Test
  void layersWhoseNamesAreOneInFilesAreNumbered() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    explain(cat, "--layer", FakeAnswers.EARLY_LAYER, "--layer", FakeAnswers.TWIN_LAYER);
    assertThat(out("cat-grad-cam@early_conv_pw_5_0.png")).exists();
    assertThat(out("cat-grad-cam@early_conv_pw_5_0-2.png")).exists();
  }

  @Test
  void fusedLayersAreCalledSo() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    explain(
        cat,
        "--layer",
        FakeAnswers.EARLY_LAYER + "," + FakeAnswers.LAYER,
        "--fuse",
        "max",
        "--flip");
    assertThat(out("cat-grad-cam@fused.png")).exists();
    assertThat(server.asked().getFusion()).isEqualTo(Fusion.FUSION_MAX);
    assertThat(server.asked().getFlipSmoothing()).isTrue();
    Path json =
        Path.of(
            explain(
                    cat,
                    "--format",
                    "json",
                    "--layer",
                    FakeAnswers.LAYER,
                    "--layer",
                    FakeAnswers.EARLY_LAYER,
                    "--fuse",
                    "mean")
                .out()
                .strip());
    assertThat(new ObjectMapper().readTree(json.toFile()).at("/heatmaps/0/fused_layers/1").asText())
        .isEqualTo(FakeAnswers.EARLY_LAYER);
  }

  @Test
  void selectionsArriveAsTheyAreGiven() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    explain(cat, "--region", "2,1:4,5");
    assertThat(server.asked().getSelection())
        .isEqualTo(
            Selection.newBuilder()
                .setRegion(true)
                .addSubset(Cell.newBuilder().setRow(2).setColumn(1))
                .addSubset(Cell.newBuilder().setRow(4).setColumn(5))
                .build());
    explain(cat, "--neurons", "0,7", "--filters", "3");
    assertThat(server.asked().getSelection())
        .isEqualTo(
            Selection.newBuilder().addFilters(3).addSubset(Cell.newBuilder().setColumn(7)).build());
    explain(cat);
    assertThat(server.asked().hasSelection()).isFalse();
  }

  @Test
  void noiseAndMasksAreAskedForWhereAMethodTakesThem() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    explain(cat, "--method", "smooth-grad");
    assertThat(server.asked().getNoise()).isEqualTo(Noise.newBuilder().setSamples(16).build());
    explain(
        cat, "--method", "smooth-grad-cam++", "--samples", "5", "--std-dev", "0.3", "--seed", "9");
    assertThat(server.asked().getNoise())
        .isEqualTo(Noise.newBuilder().setSamples(5).setStdDev(0.3f).setSeed(9).build());
    assertThat(server.asked().hasRandomMasks()).isFalse();
    explain(cat, "--method", "rise", "--masks", "200", "--seed", "9");
    assertThat(server.asked().getRandomMasks())
        .isEqualTo(RandomMasks.newBuilder().setCount(200).setSeed(9).build());
    assertThat(server.asked().hasNoise()).isFalse();
    assertThat(server.asked().hasProgressInterval()).isTrue();
  }

  @Test
  void allMethodsAreThoseThatTheModelsLayerGives() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    assertThat(explain(cat, "--method", "all", "--sheet").err()).isEmpty();
    assertThat(server.asked().getMethodsList())
        .containsExactly(Method.METHOD_CAM, Method.METHOD_GRAD_CAM, Method.METHOD_RISE);
    explain(cat, "--method", "all", "--layer", FakeAnswers.EARLY_LAYER);
    assertThat(server.asked().getMethodsList())
        .containsExactly(Method.METHOD_GRAD_CAM, Method.METHOD_RISE);
    explain(cat, "--method", "rise,all", "--neurons", "0,0");
    assertThat(server.asked().getMethodsList())
        .containsExactly(Method.METHOD_RISE, Method.METHOD_CAM, Method.METHOD_GRAD_CAM);
    assertThat(explain(cat, "--method", "all", "--layer", "conv_99").err())
        .isEqualTo(
            "sightline: fake-net has no layer \"conv_99\" that can be explained; it has "
                + "early/conv_pw_5:0, conv_pw_13\n");
  }

  @Test
  void aSheetShowsAllMapsOfAnImage() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    Cli cli = explain(cat, "--method", "grad-cam,cam,rise", "--sheet");
    assertThat(cli.out()).contains("  " + out("cat-sheet.png") + "\n");
    BufferedImage four = ImageIO.read(out("cat-sheet.png").toFile());
    assertThat(four.getWidth()).as("four pictures in a row").isGreaterThan(2 * four.getHeight());
    assertThat(explain(tensors(1, 2), "--sheet").err()).isEmpty();
    assertThat(out("t-0001-sheet.png")).exists();
    explain(cat, "--layer", FakeAnswers.LAYER, "--class", "top:5", "--sheet");
    BufferedImage six = ImageIO.read(out("cat-sheet.png").toFile());
    assertThat(six.getHeight()).as("two rows").isGreaterThan(four.getHeight());
    assertThat(explain(cat, "--sheet", "--encoding", "overlay-png").exit()).isZero();
  }

  @Test
  void boxesOfRegionsAreDrawnAndTold() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    explain(cat);
    Photo plain = PhotoCodec.read(Files.readAllBytes(out("cat-grad-cam.png")));
    Cli cli = explain(cat, "--localise");
    assertThat(cli.out()).contains("cat-grad-cam.png  box 15,0 15×20, score 0.75\n");
    Photo boxed = PhotoCodec.read(Files.readAllBytes(out("cat-grad-cam.png")));
    int edge = 3 * (10 * 30 + 15);
    assertThat(boxed.bgr()[edge]).as("the box's left edge").isEqualTo((byte) 255);
    assertThat(plain.bgr()[edge]).isNotEqualTo((byte) 255);
    int inside = 3 * (10 * 30 + 22);
    assertThat(boxed.bgr()[inside]).isEqualTo(plain.bgr()[inside]);

    explain(cat, "--threshold", "0.3", "--format", "json");
    JsonNode json = new ObjectMapper().readTree(out("cat.json").toFile());
    assertThat(json.at("/heatmaps/0/region/threshold").floatValue()).isEqualTo(0.3f);
    assertThat(json.at("/heatmaps/0/region/box/width").floatValue()).isEqualTo(15);
    assertThat(json.at("/heatmaps/0/region/area").floatValue()).isEqualTo(150);
  }

  @Test
  void refinedMapsComeWithTheirMaskAndIfAskedTheirSteps() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    Cli cli = explain(cat, "--method", "high-res-cam");
    assertThat(cli.out()).contains("cat-high-res-cam.png  flooded\n");
    BufferedImage mask = ImageIO.read(out("cat-high-res-cam-mask.png").toFile());
    assertThat(mask.getRaster().getSample(3, 0, 0)).as("within").isEqualTo(255);
    assertThat(mask.getRaster().getSample(3, 1, 0)).as("without").isZero();
    assertThat(out("cat-high-res-cam-steps.png")).doesNotExist();

    explain(cat, "--method", "grad-cam,high-res-cam", "--explain-steps");
    BufferedImage steps = ImageIO.read(out("cat-high-res-cam-steps.png").toFile());
    assertThat(steps.getWidth()).as("three in a row").isGreaterThan(steps.getHeight() * 3 / 2);

    explain(cat, "--method", "high-res-cam", "--format", "json");
    JsonNode json = new ObjectMapper().readTree(out("cat.json").toFile());
    assertThat(json.at("/heatmaps/0/refinement/outcome").asText()).isEqualTo("FLOODED");
    assertThat(json.at("/heatmaps/0/refinement/mask/0/7").intValue()).isEqualTo(1);
    assertThat(json.at("/heatmaps/0/refinement/mask/1/7").intValue()).isZero();
  }

  @Test
  void badFilesAreReportedAndTheOthersGoOn() throws IOException {
    Path images = Files.createDirectory(folder.resolve("images"));
    Files.write(images.resolve("a.png"), Pictures.png(8, 8));
    Files.writeString(images.resolve("b.jpg"), "no image");
    Files.writeString(images.resolve("c.npy"), "no array");
    Files.write(images.resolve("d.PNG"), Pictures.png(8, 8));
    Files.writeString(images.resolve("notes.txt"), "not looked at");
    Path missing = folder.resolve("missing.jpg");

    Cli cli = explain(images, missing.toString());

    assertThat(cli.exit()).isEqualTo(1);
    assertThat(cli.err().lines())
        .hasSize(3)
        .anyMatch(line -> line.startsWith("sightline: " + images.resolve("b.jpg") + ": "))
        .anyMatch(line -> line.contains("c.npy cannot be used: it does not begin as a NumPy"))
        .contains("sightline: " + missing + ": there is no file " + missing);
    assertThat(out("a-grad-cam.png")).exists();
    assertThat(out("d-grad-cam.png")).exists();
  }

  @Test
  void filesOfOneNameDoNotOverwriteEachOther() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    Path first = Files.write(folder.resolve("cat.png"), Pictures.png(8, 8));
    Path second = Files.write(other.resolve("cat.png"), Pictures.png(9, 9));
    assertThat(explain(first, second.toString()).exit()).isZero();
    assertThat(PhotoCodec.read(Files.readAllBytes(out("cat-grad-cam.png"))).width()).isEqualTo(8);
    assertThat(PhotoCodec.read(Files.readAllBytes(out("cat-2-grad-cam.png"))).width()).isEqualTo(9);
  }

  @Test
  void jsonHoldsPredictionsGridsKernelAndTimings() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    Cli cli = explain(cat, "--format", "json", "--method", "extended-cam", "--class", "espresso");

    assertThat(cli.out()).isEqualTo(out("cat.json") + "\n");
    JsonNode json = new ObjectMapper().readTree(out("cat.json").toFile());
    assertThat(json.at("/predictions/1/label").asText()).isEqualTo("tiger cat");
    assertThat(json.at("/image/width").asInt()).isEqualTo(30);
    assertThat(json.at("/heatmaps/0/class_index").asInt()).isEqualTo(2);
    assertThat(json.at("/heatmaps/0/grid/0/2").floatValue()).isEqualTo(2);
    assertThat(json.at("/heatmaps/0/grid/2/2").floatValue()).isEqualTo(1);
    assertThat(json.at("/heatmaps/0/kernel/upsampling").asText()).isEqualTo("gaussian");
    assertThat(json.at("/heatmaps/0/kernel/sigma_source").asText()).isEqualTo("model");
    assertThat(json.at("/timing_ms/total").asDouble()).isEqualTo(5);
  }

  @Test
  void jsonWithoutAFolderIsALineAnImageAlsoForBadOnes() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(30, 20));
    Path bad = Files.writeString(folder.resolve("bad.png"), "bad");
    Cli cli =
        Cli.run("explain", "--server", server.address(), "--format", "json", cat + "", bad + "");

    assertThat(cli.exit()).isEqualTo(1);
    List<String> lines = cli.out().lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(new ObjectMapper().readTree(lines.get(0)).at("/outcome").asText())
        .isEqualTo("EXPLAINED");
    JsonNode why = new ObjectMapper().readTree(lines.get(1));
    assertThat(why.at("/reason").asText()).isEqualTo("IMAGE_UNREADABLE");
    assertThat(why.at("/metadata/bytes").asText()).isEqualTo("3");
  }

  @Test
  void numpyFilesHoldGridsAndPlanesOfEveryTensor() throws IOException {
    Path tensors = tensors(1, 3, -2);
    Cli cli =
        explain(
            tensors,
            "--format",
            "npy",
            "--size",
            "16x12",
            "--raw",
            "--class",
            "1",
            "--method",
            "grad-cam,layer-cam");

    assertThat(cli.err()).isEmpty();
    assertThat(cli.exit()).isZero();
    Npy grids = Npy.read(out("t-grad-cam-grid.npy"));
    assertThat(grids.header).contains("'descr': '<f4'").contains("'shape': (3, 3, 3)");
    Npy planes = Npy.read(out("t-layer-cam-plane.npy"));
    assertThat(planes.header).contains("'shape': (3, 12, 16)");
    Kernel kernel =
        Kernel.newBuilder()
            .setUpsampling(Upsampling.UPSAMPLING_BILINEAR)
            .setInputWidth(FakeAnswers.INPUT)
            .setInputHeight(FakeAnswers.INPUT)
            .build();
    int[] scales = {1, 3, -2};
    for (int n = 0; n < 3; n++) {
      float[] grid = FakeAnswers.grid(1, scales[n]).values();
      float[] plane = Expansion.expand(FakeAnswers.grid(1, scales[n]), kernel, 16, 12).values();
      for (int i = 0; i < 9; i++) {
        assertThat(grids.data.getFloat(4 * (9 * n + i))).isEqualTo(grid[i]);
      }
      for (int i = 0; i < plane.length; i++) {
        assertThat(planes.data.getFloat(4 * (plane.length * n + i)))
            .isCloseTo(plane[i], Offset.offset(1e-5f));
      }
    }
    Npy classes = Npy.read(out("t-classes.npy"));
    assertThat(classes.header).contains("'descr': '<i8'").contains("'shape': (3, 1)");
    assertThat(classes.data.getLong(16)).isEqualTo(1);
  }

  @Test
  void rowsOfTensorsThatFailAreNaN() throws IOException {
    Path tensors = tensors(Float.NaN, 1, Float.NaN);
    Cli cli = explain(tensors, "--format", "npy");

    assertThat(cli.exit()).isEqualTo(1);
    assertThat(cli.err().lines())
        .containsExactly(
            "sightline: " + tensors + "[0]: the tensor holds NaN at 0",
            "sightline: " + tensors + "[2]: the tensor holds NaN at 0");
    Npy grids = Npy.read(out("t-grad-cam-grid.npy"));
    assertThat(grids.data.getFloat(0)).isNaN();
    assertThat(grids.data.getFloat(4 * 9)).isEqualTo(2);
    assertThat(grids.data.getFloat(4 * 26)).isNaN();
    assertThat(grids.data.remaining()).isEqualTo(4 * 27);
    assertThat(Npy.read(out("t-classes.npy")).data.getLong(0)).isEqualTo(-1);
  }

  @Test
  void tensorsAreDrawnWithoutAPhotograph() throws IOException {
    assertThat(explain(tensors(1, 2)).exit()).isZero();
    assertThat(out("t-0001-grad-cam.png")).exists();
  }

  @Test
  void whatTheServerCannotMeetIsSaidForEachImage() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(8, 8));
    Cli cli = explain(cat, "--model", "missing");
    assertThat(cli)
        .isEqualTo(
            new Cli(
                1,
                "",
                "sightline: " + cat + ": no model is named \"missing\"; there is fake-net\n"));
  }

  @Test
  void misuseIsToldInASentence() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(8, 8));
    assertThat(explain(cat, "--method", "lime").exit()).isEqualTo(2);
    assertThat(explain(cat, "--method", "lime").err())
        .contains("\"lime\" is none of all, cam, grad-cam, grad-cam++")
        .endsWith("Try 'sightline explain --help'.\n");
    assertThat(explain(cat, "--class", "top:0").err()).contains("names no number such as top:3");
    assertThat(explain(cat, "--sigma", "3").err()).contains("is no pair of numbers such as 32,32");
    assertThat(explain(cat, "--neurons", "2:3").err()).contains("\"2:3\" is no row,column");
    assertThat(explain(cat, "--region", "2,3").err()).contains("a region has two corners");
    assertThat(explain(cat, "--region", "2,3:3,4", "--neurons", "2,3").err())
        .contains("--region and --neurons both say which neurons count");
    assertThat(explain(cat, "--masks", "0").err()).contains("--masks is 1 or more");
    assertThat(explain(cat, "--samples", "-1").err()).contains("--samples is 0 or more");
    assertThat(explain(cat, "--std-dev", "0").err()).contains("--std-dev is more than 0");
    assertThat(explain(cat, "--filters", "-1").err()).contains("--filters are counted from 0");
    assertThat(explain(cat, "--format", "json", "--sheet").err())
        .contains("--sheet is a picture; use --format png");
    assertThat(explain(cat, "--format", "json", "--explain-steps").err())
        .contains("--explain-steps are pictures; use --format png");
    assertThat(explain(cat, "--threshold", "0").err())
        .contains("--threshold is more than 0, at most 1");
    assertThat(explain(cat, "--size", "big").err()).contains("is not original, input or WxH");
    assertThat(explain(cat, "--encoding", "gif").err()).contains("is none of grid-float32");
    assertThat(explain(cat, "--format", "npy", "--encoding", "overlay-png").err())
        .startsWith("sightline: an overlay cannot be read as numbers");
    assertThat(Cli.run().exit()).isEqualTo(2);
    assertThat(Cli.run("explain", "--server", "nowhere", cat + ""))
        .isEqualTo(
            new Cli(1, "", "sightline: \"nowhere\" is not an address such as localhost:8484\n"));
  }

  @Test
  void aServerThatDoesNotAnswerIsNamed() throws IOException {
    Path cat = Files.write(folder.resolve("cat.png"), Pictures.png(8, 8));
    String address = server.address();
    server.close();
    Cli cli = Cli.run("explain", "--server", address, cat.toString(), "--out", folder + "/out");
    assertThat(cli.exit()).isEqualTo(1);
    assertThat(cli.err()).startsWith("sightline: no server answers at " + address).hasLineCount(1);
  }

  private Path out(String name) {
    return folder.resolve("out").resolve(name);
  }

  private Cli explain(Path file, String... more) {
    String[] all = new String[6 + more.length];
    all[0] = "explain";
    all[1] = "--server";
    all[2] = server.address();
    all[3] = "--out";
    all[4] = folder.resolve("out").toString();
    all[5] = file.toString();
    System.arraycopy(more, 0, all, 6, more.length);
    return Cli.run(all);
  }

  private Path tensors(float... firstValues) throws IOException {
    Path file = folder.resolve("t.npy");
    try (NpyWriter writer =
        NpyWriter.floats(file, firstValues.length, 3, FakeAnswers.INPUT, FakeAnswers.INPUT)) {
      for (float value : firstValues) {
        float[] tensor = new float[3 * FakeAnswers.INPUT * FakeAnswers.INPUT];
        tensor[0] = value;
        writer.write(tensor);
      }
    }
    return file;
  }

  /** An array file, read without the code under test. */
  private record Npy(String header, ByteBuffer data) {
    static Npy read(Path file) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      int length = bytes.getShort(8);
      String header = new String(bytes.array(), 10, length, StandardCharsets.ISO_8859_1);
      return new Npy(
          header,
          bytes.slice(10 + length, bytes.capacity() - 10 - length).order(ByteOrder.LITTLE_ENDIAN));
    }
  }
}
