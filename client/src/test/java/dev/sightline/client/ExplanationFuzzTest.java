package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import dev.sightline.heatmap.MalformedHeatmapException;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.PixelFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a server calls an explanation: all that a caller can ask of it, or a refusal. */
class ExplanationFuzzTest {
  private static final Image IMAGE = Image.raw(4, 3, 0, PixelFormat.PIXEL_FORMAT_BGR, new byte[36]);
  private static final int SIDE = 256;

  static Stream<dev.sightline.v1.Explanation> answers() throws Exception {
    dev.sightline.v1.Image image = IMAGE.toProto();
    ExplainOptions.Builder options =
        ExplainOptions.newBuilder()
            .addMethods(dev.sightline.v1.Method.METHOD_GRAD_CAM)
            .addClasses(ClassChoice.newBuilder().setMostProbable(2));
    options.getLocalisationBuilder();
    return Stream.of(
            Encoding.ENCODING_GRID_FLOAT16,
            Encoding.ENCODING_GREY_PNG,
            Encoding.ENCODING_OVERLAY_PNG)
        .map(encoding -> FakeAnswers.answer(1, options.setEncoding(encoding).build(), image));
  }

  @MethodSource("answers")
  @FuzzTest
  void anAnswerIsUnderstoodOrRefused(dev.sightline.v1.@NotNull Explanation wire) {
    Explanation explanation;
    try {
      assertThat(Unexplained.of(wire, 1).message()).isNotEmpty();
      explanation = Explanation.of(wire, 1, IMAGE);
    } catch (SightlineException e) {
      assertThat(e.reason()).isEqualTo(Reason.PROTOCOL);
      return;
    }
    assertThat(explanation.top()).isNotNull();
    for (Heatmap heatmap : explanation.heatmaps()) {
      assertThat(heatmap.toString()).isNotEmpty();
      // Larger ones are read too, but too slowly to try many.
      if (!large(heatmap.width()) && !large(heatmap.height()) && !large(wire.getRegion())) {
        ask(heatmap);
      }
    }
  }

  private static void ask(Heatmap heatmap) {
    readOrMalformed(heatmap::region);
    readOrMalformed(heatmap::overlay);
    if (heatmap.encoding().isGrid()) {
      readOrMalformed(heatmap::grid);
    }
    if (!heatmap.encoding().isOverlay()) {
      readOrMalformed(heatmap::pixels);
      readOrMalformed(() -> heatmap.pixels(5, 7));
      readOrMalformed(() -> heatmap.overlay(6, 5));
    }
    heatmap
        .refinement()
        .ifPresent(
            refinement -> {
              assertThat(refinement.outcome()).isNotNull();
              readOrMalformed(refinement::mask);
              readOrMalformed(refinement::steps);
            });
  }

  private static boolean large(dev.sightline.v1.Region region) {
    return region.getWidth() > SIDE || region.getHeight() > SIDE;
  }

  private static boolean large(int side) {
    return side > SIDE;
  }

  private static void readOrMalformed(Runnable reading) {
    try {
      reading.run();
    } catch (MalformedHeatmapException e) {
      assertThat(e).hasMessageMatching("(?s).{10,}");
    }
  }
}
