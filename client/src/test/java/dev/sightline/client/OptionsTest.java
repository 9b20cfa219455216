package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.HighResolution;
import dev.sightline.v1.Localisation;
import dev.sightline.v1.Noise;
import dev.sightline.v1.OutputSize;
import dev.sightline.v1.RandomMasks;
import dev.sightline.v1.Scaling;
import dev.sightline.v1.Selection;
import dev.sightline.v1.Sigma;
import dev.sightline.v1.SizeReference;
import dev.sightline.v1.Upsampling;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class OptionsTest {
  @Test
  void everyOptionArrivesInTheProtocol() {
    ExplainOptions wire =
        Options.builder()
            .model("m")
            .methods(Method.CAM, Method.XGRAD_CAM)
            .layers("conv", "pool")
            .fuse(Fusion.MAX)
            .filters(1)
            .filters(3, 17)
            .neurons(new Cell(0, 0))
            .region(new Cell(1, 2), new Cell(3, 4))
            .noise(16, 0.2f, 7)
            .masks(500, 8)
            .flipSmoothing()
            .progressEvery(Duration.ofMillis(500))
            .localise()
            .localise(0.25f)
            .refinementSteps()
            .classIndex(5)
            .classLabel("tabby")
            .mostProbable(3)
            .gaussian()
            .sigma(1.5f, 2)
            .size(640, 480)
            .encoding(Encoding.GREY_ZSTD)
            .raw()
            .predictions(7)
            .maxAge(Duration.ofMillis(1500))
            .skipUnchanged(2.5f)
            .build()
            .toProto();

    assertThat(wire)
        .isEqualTo(
            ExplainOptions.newBuilder()
                .setModel("m")
                .addMethods(dev.sightline.v1.Method.METHOD_CAM)
                .addMethods(dev.sightline.v1.Method.METHOD_XGRAD_CAM)
                .addLayers("conv")
                .addLayers("pool")
                .setFusion(dev.sightline.v1.Fusion.FUSION_MAX)
                .setSelection(
                    Selection.newBuilder()
                        .addFilters(3)
                        .addFilters(17)
                        .setRegion(true)
                        .addSubset(dev.sightline.v1.Cell.newBuilder().setRow(1).setColumn(2))
                        .addSubset(dev.sightline.v1.Cell.newBuilder().setRow(3).setColumn(4)))
                .setNoise(Noise.newBuilder().setSamples(16).setStdDev(0.2f).setSeed(7))
                .setRandomMasks(RandomMasks.newBuilder().setCount(500).setSeed(8))
                .setFlipSmoothing(true)
                .setProgressInterval(
                    com.google.protobuf.Duration.newBuilder().setNanos(500_000_000))
                .setLocalisation(Localisation.newBuilder().setThreshold(0.25f))
                .setHighResolution(HighResolution.newBuilder().setSteps(true))
                .addClasses(ClassChoice.newBuilder().setIndex(5))
                .addClasses(ClassChoice.newBuilder().setLabel("tabby"))
                .addClasses(ClassChoice.newBuilder().setMostProbable(3))
                .setUpsampling(Upsampling.UPSAMPLING_GAUSSIAN)
                .setSigma(Sigma.newBuilder().setX(1.5f).setY(2))
                .setOutputSize(
                    OutputSize.newBuilder()
                        .setReference(SizeReference.SIZE_REFERENCE_GIVEN)
                        .setWidth(640)
                        .setHeight(480))
                .setEncoding(dev.sightline.v1.Encoding.ENCODING_GREY_ZSTD)
                .setScaling(Scaling.SCALING_RAW)
                .setPredictions(7)
                .setMaxAge(
                    com.google.protobuf.Duration.newBuilder().setSeconds(1).setNanos(500_000_000))
                .setUnchangedWithin(2.5f)
                .build());
  }

  @Test
  void neuronsReplaceARegionThatWasNamedBefore() {
    Selection selection =
        Options.builder()
            .region(new Cell(1, 2), new Cell(3, 4))
            .neurons(new Cell(5, 6))
            .build()
            .toProto()
            .getSelection();
    assertThat(selection)
        .isEqualTo(
            Selection.newBuilder()
                .addSubset(dev.sightline.v1.Cell.newBuilder().setRow(5).setColumn(6))
                .build());
  }

  @Test
  void defaultsAskForNothing() {
    assertThat(Options.defaults().toProto()).isEqualTo(ExplainOptions.getDefaultInstance());
  }

  @Test
  void builderOfOptionsLeavesThemAsTheyWere() {
    Options first = Options.builder().model("a").build();
    Options second = first.toBuilder().model("b").build();
    assertThat(first.toProto().getModel()).isEqualTo("a");
    assertThat(second).isNotEqualTo(first);
  }

  @Test
  void everyMethodAndEncodingOfTheProtocolHasAName() {
    for (dev.sightline.v1.Method wire : dev.sightline.v1.Method.values()) {
      if (wire != dev.sightline.v1.Method.UNRECOGNIZED && wire.getNumber() != 0) {
        assertThat(Method.of(wire).toProto()).isEqualTo(wire);
      }
    }
    for (dev.sightline.v1.Encoding wire : dev.sightline.v1.Encoding.values()) {
      if (wire != dev.sightline.v1.Encoding.UNRECOGNIZED && wire.getNumber() != 0) {
        assertThat(Encoding.of(wire).toProto()).isEqualTo(wire);
      }
    }
    for (dev.sightline.v1.Reason wire : dev.sightline.v1.Reason.values()) {
      if (wire != dev.sightline.v1.Reason.UNRECOGNIZED && wire.getNumber() != 0) {
        assertThat(Reason.of(wire.name())).isNotEqualTo(Reason.UNKNOWN);
      }
    }
  }

  @Test
  void methodsAreFoundByAnySpellingOfTheirName() {
    for (String name : new String[] {"GradCAM++", "grad-cam++", "GRAD_CAM_PLUS_PLUS"}) {
      assertThat(Method.of(name)).isEqualTo(Method.GRAD_CAM_PLUS_PLUS);
    }
    assertThat(Method.of("HiResCAM")).isEqualTo(Method.HI_RES_CAM);
    for (Method method : Method.values()) {
      assertThat(Method.of(method.title())).isEqualTo(method);
      assertThat(Method.of(method.name())).isEqualTo(method);
    }
    assertThatThrownBy(() -> Method.of("lime")).hasMessage("unknown method \"lime\"");
  }
}
