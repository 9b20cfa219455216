package dev.sightline.client;

import dev.sightline.heatmap.GreyPng;
import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.HeatmapWriter;
import dev.sightline.heatmap.MalformedPhotoException;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Fusion;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Image;
import dev.sightline.v1.Kernel;
import dev.sightline.v1.MapRegion;
import dev.sightline.v1.Method;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Prediction;
import dev.sightline.v1.Problem;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Refinement;
import dev.sightline.v1.RefinementOutcome;
import dev.sightline.v1.RefinementStep;
import dev.sightline.v1.Region;
import dev.sightline.v1.Sigma;
import dev.sightline.v1.SigmaSource;
import dev.sightline.v1.SizeReference;
import dev.sightline.v1.Timing;
import dev.sightline.v1.Upsampling;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers as a server with one small model would give them; the maps are made up, but not random.
 */
public final class FakeAnswers {
  public static final int INPUT = 8;
  public static final List<String> LABELS =
      List.of("tabby", "tiger cat", "espresso", "cup", "desk");
  public static final String LAYER = "conv_pw_13";
  public static final String EARLY_LAYER = "early/conv_pw_5:0";

  /** Another name than {@link #EARLY_LAYER}, but not in a file system. */
  public static final String TWIN_LAYER = "early_conv_pw_5_0";

  private FakeAnswers() {}

  /** The answer to a frame that has not changed. */
  public static Explanation unchanged(long sequence, long since) {
    return Explanation.newBuilder()
        .setSequence(sequence)
        .setOutcome(Outcome.OUTCOME_UNCHANGED)
        .setUnchangedSince(since)
        .setTiming(Timing.newBuilder().setPreprocess(millis(2)).setTotal(millis(2)))
        .build();
  }

  /** The answer to an image: explained, or why not. */
  public static Explanation answer(long sequence, ExplainOptions options, Image image) {
    Explanation.Builder answer = Explanation.newBuilder().setSequence(sequence);
    if (options.getModel().equals("missing")) {
      return refused(
          answer,
          Outcome.OUTCOME_INVALID_OPTIONS,
          Reason.REASON_UNKNOWN_MODEL,
          "no model is named \"missing\"; there is fake-net",
          "model",
          "missing");
    }
    if (!List.of(EARLY_LAYER, TWIN_LAYER, LAYER).containsAll(options.getLayersList())) {
      return refused(
          answer,
          Outcome.OUTCOME_INVALID_OPTIONS,
          Reason.REASON_UNKNOWN_LAYER,
          "fake-net has no layer \"" + options.getLayers(0) + "\"",
          "layer",
          options.getLayers(0));
    }
    Photo photo = null;
    int width = INPUT;
    int height = INPUT;
    if (image.hasEncoded()) {
      try {
        photo = PhotoCodec.read(image.getEncoded().toByteArray());
      } catch (MalformedPhotoException e) {
        return refused(
            answer,
            Outcome.OUTCOME_INVALID_IMAGE,
            Reason.REASON_IMAGE_UNREADABLE,
            String.valueOf(e.getMessage()),
            "bytes",
            "" + image.getEncoded().size());
      }
      width = photo.width();
      height = photo.height();
    } else if (image.hasRaw()) {
      width = image.getRaw().getWidth();
      height = image.getRaw().getHeight();
      photo = new Photo(width, height, image.getRaw().getData().toByteArray());
    } else if (Float.isNaN(firstValue(image))) {
      return refused(
          answer,
          Outcome.OUTCOME_INVALID_IMAGE,
          Reason.REASON_TENSOR_NOT_FINITE,
          "the tensor holds NaN at 0",
          "index",
          "0");
    }
    answer
        .setOutcome(Outcome.OUTCOME_EXPLAINED)
        .setModel("fake-net")
        .setImageWidth(width)
        .setImageHeight(height)
        .setRegion(Region.newBuilder().setWidth(width).setHeight(height))
        .setTiming(
            Timing.newBuilder()
                .setQueue(millis(1))
                .setCompute(millis(3))
                .setTotal(millis(5))
                .setBatchSize(2)
                .setFrames(7));
    for (int i = 0; i < LABELS.size(); i++) {
      answer.addPredictions(
          Prediction.newBuilder()
              .setIndex(i)
              .setLabel(LABELS.get(i))
              .setLogit(5 - i)
              .setProbability(0.5f / (1 << i)));
    }
    for (int index : classes(options)) {
      for (Method method :
          options.getMethodsCount() == 0
              ? List.of(Method.METHOD_GRAD_CAM)
              : options.getMethodsList()) {
        for (Heatmap.Builder place : places(options, method)) {
          answer.addHeatmaps(heatmap(place, options, method, index, width, height, photo, image));
        }
      }
    }
    return answer.build();
  }

  /** The grid that every answer about a class carries: one cell stands out, by the class. */
  public static Grid grid(int classIndex, float scale) {
    float[] values = new float[9];
    for (int i = 0; i < values.length; i++) {
      values[i] = scale * (i == classIndex ? 2 : 0.125f * i);
    }
    return new Grid(3, 3, values);
  }

  /** A tensor's first value scales its grid, so that answers can be told apart. */
  private static float firstValue(Image image) {
    return image
        .getTensor()
        .getData()
        .asReadOnlyByteBuffer()
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .getFloat(0);
  }

  private static List<Integer> classes(ExplainOptions options) {
    List<Integer> indices = new ArrayList<>();
    for (ClassChoice choice : options.getClassesList()) {
      switch (choice.getChoiceCase()) {
        case INDEX -> indices.add(choice.getIndex());
        case LABEL -> indices.add(LABELS.indexOf(choice.getLabel()));
        default -> {
          for (int i = 0; i < choice.getMostProbable(); i++) {
            indices.add(i);
          }
        }
      }
    }
    return indices.isEmpty() ? List.of(0) : indices;
  }

  /** What tells the maps of one class and method apart: layers, and under each its filters. */
  private static List<Heatmap.Builder> places(ExplainOptions options, Method method) {
    if (method == Method.METHOD_RISE) {
      return List.of(Heatmap.newBuilder());
    }
    if (options.getFusion() != Fusion.FUSION_UNSPECIFIED) {
      return List.of(Heatmap.newBuilder().addAllFusedLayers(options.getLayersList()));
    }
    List<Heatmap.Builder> places = new ArrayList<>();
    for (String layer : options.getLayersCount() == 0 ? List.of(LAYER) : options.getLayersList()) {
      if (options.getSelection().getFiltersCount() == 0) {
        places.add(Heatmap.newBuilder().setLayer(layer));
      }
      for (int filter : options.getSelection().getFiltersList()) {
        places.add(Heatmap.newBuilder().setLayer(layer).setFilter(filter));
      }
    }
    return places;
  }

  private static Heatmap heatmap(
      Heatmap.Builder heatmap,
      ExplainOptions options,
      Method method,
      int index,
      int width,
      int height,
      @Nullable Photo photo,
      Image image) {
    boolean gaussian =
        options.getUpsampling() == Upsampling.UPSAMPLING_GAUSSIAN
            || method == Method.METHOD_EXTENDED_CAM;
    Kernel.Builder kernel =
        Kernel.newBuilder()
            .setUpsampling(
                gaussian ? Upsampling.UPSAMPLING_GAUSSIAN : Upsampling.UPSAMPLING_BILINEAR)
            .setInputWidth(INPUT)
            .setInputHeight(INPUT);
    if (gaussian) {
      kernel
          .setSigma(
              options.hasSigma() ? options.getSigma() : Sigma.newBuilder().setX(2).setY(2).build())
          .setSigmaSource(SigmaSource.SIGMA_SOURCE_MODEL);
    }
    heatmap
        .setMethod(method)
        .setClassIndex(index)
        .setClassLabel(LABELS.get(index))
        .setLogit(5 - index)
        .setKernel(kernel);
    if (options.hasLocalisation()) {
      heatmap.setRegion(region(options.getLocalisation().getThreshold(), width, height));
    }
    if (method == Method.METHOD_HIGH_RES_CAM) {
      heatmap.setRefinement(refinement(options.getHighResolution().getSteps()));
    }
    SizeReference reference = options.getOutputSize().getReference();
    boolean original = reference == SizeReference.SIZE_REFERENCE_ORIGINAL;
    boolean given = reference == SizeReference.SIZE_REFERENCE_GIVEN;
    HeatmapWriter.write(
        grid(index, image.hasTensor() ? firstValue(image) : 1),
        given ? options.getOutputSize().getWidth() : original ? width : INPUT,
        given ? options.getOutputSize().getHeight() : original ? height : INPUT,
        options.getEncoding(),
        options.getScaling(),
        photo,
        null,
        heatmap);
    return heatmap.build();
  }

  /** The right half of the image. */
  private static MapRegion region(float threshold, int width, int height) {
    return MapRegion.newBuilder()
        .setBox(Region.newBuilder().setX(width / 2f).setWidth(width / 2f).setHeight(height))
        .setArea(width * height / 4f)
        .setScore(0.75f)
        .setThreshold(threshold == 0 ? 0.15f : threshold)
        .build();
  }

  /** The mask's first row is the object. */
  private static Refinement refinement(boolean steps) {
    boolean[] mask = new boolean[INPUT * INPUT];
    java.util.Arrays.fill(mask, 0, INPUT, true);
    Refinement.Builder refinement =
        Refinement.newBuilder()
            .setOutcome(RefinementOutcome.REFINEMENT_OUTCOME_FLOODED)
            .setMask(GreyPng.writeMask(mask, INPUT, INPUT));
    for (String name : steps ? List.of("low-res", "focal points", "grown") : List.<String>of()) {
      refinement.addSteps(
          RefinementStep.newBuilder().setName(name).setPng(GreyPng.writeMask(mask, INPUT, INPUT)));
    }
    return refinement.build();
  }

  private static Explanation refused(
      Explanation.Builder answer,
      Outcome outcome,
      Reason reason,
      String message,
      String key,
      String value) {
    return answer
        .setOutcome(outcome)
        .setProblem(
            Problem.newBuilder().setReason(reason).setMessage(message).putMetadata(key, value))
        .build();
  }

  private static com.google.protobuf.Duration millis(int millis) {
    return com.google.protobuf.Duration.newBuilder().setNanos(millis * 1_000_000).build();
  }
}
