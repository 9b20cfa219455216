package dev.sightline.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.EngineSettings;
import dev.sightline.server.engine.OnnxRuntime;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.graph.ReluRule;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The networks of the catalogue see in photographs what their original weights see there. */
class PulledModelsTest {
  /** The figures were made with another resizing, rounded to whole pixel values. */
  private static final double RESIZED = 0.02;

  /** The photograph has the network's size: nothing but the figures' rounding differs. */
  private static final double AS_IT_IS = 0.001;

  @Test
  void mobileNetSeesTheKitten() throws IOException, OrtException {
    ModelFolder model = ModelFolder.read(PulledModels.require("mobilenet-v1"));

    assertThat(model.defaultLayer()).isEqualTo("Conv2d_13_pointwise");
    assertThat(model.graph().poolingAndLinear(model.defaultLayer())).isTrue();
    assertProbabilities(
        model,
        "djl_kitten.jpg",
        Map.of("Egyptian cat", .640, "tabby", .201, "Persian cat", .085, "tiger cat", .072),
        RESIZED);
  }

  @Test
  void resNetSeesTheKittenAndBothAnimals() throws IOException, OrtException {
    ModelFolder model = ModelFolder.read(PulledModels.require("resnet50"));

    assertThat(model.defaultLayer()).isEqualTo("activation_48");
    assertThat(model.graph().poolingAndLinear(model.defaultLayer())).isTrue();
    assertProbabilities(
        model,
        "djl_kitten.jpg",
        Map.of(
            "tabby",
            .465,
            "tiger cat",
            .309,
            "Egyptian cat",
            .119,
            "Persian cat",
            .077,
            "lynx",
            .008),
        RESIZED);
    assertProbabilities(
        model,
        "both.png",
        Map.of("bull mastiff", .671, "boxer", .179, "tiger cat", .064),
        AS_IT_IS);
  }

  /** MobileNet's kinks are ReLU6: a rule for ReLU alone would leave its gradient as it is. */
  @Test
  void mobileNetsGradientToThePhotographIsAnotherByEveryRule() throws IOException {
    ModelFolder folder = ModelFolder.read(PulledModels.require("mobilenet-v1"));
    float[] photo = PhotoInput.read("djl_kitten.jpg", 224, folder.preprocessing());
    FloatBuffer image = Pass.buffer(1, photo.length).put(photo).clear();
    Map<ReluRule, float[]> gradients = new EnumMap<>(ReluRule.class);
    OnnxRuntime engine = new OnnxRuntime(EngineSettings.cpu(1));
    for (ReluRule rule : ReluRule.values()) {
      assertThat(folder.graph().obstacle(rule)).isEmpty();
      String input = folder.graph().input().name();
      try (Backend backend = engine.open(folder.graph().explain(input, rule), rule.inWords())) {
        gradients.put(rule, backend.run(Pass.ofMostProbable(image, 1)).gradients());
      }
    }
    for (ReluRule one : ReluRule.values()) {
      for (ReluRule other : ReluRule.values()) {
        double alike = cosine(gradients, one, other);
        assertThat(alike)
            .as("%s and %s", one, other)
            .isBetween(one == other ? 0.9999 : -0.9, one == other ? 1.0001 : 0.9);
      }
    }
  }

  private static double cosine(Map<ReluRule, float[]> gradients, ReluRule one, ReluRule other) {
    float[] a = Objects.requireNonNull(gradients.get(one));
    float[] b = Objects.requireNonNull(gradients.get(other));
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static void assertProbabilities(
      ModelFolder model, String photo, Map<String, Double> wanted, double tolerance)
      throws IOException, OrtException {
    double[] probabilities = probabilities(model, photo);
    wanted.forEach(
        (label, probability) ->
            assertThat(probabilities[model.labels().find(label).orElseThrow()])
                .as(label)
                .isCloseTo(probability, Offset.offset(tolerance)));
  }

  private static double[] probabilities(ModelFolder model, String photo)
      throws IOException, OrtException {
    try (OnnxRun run = new OnnxRun(model.path().resolve(ModelFolder.ONNX).toString())) {
      float[] logits = run.logits(PhotoInput.read(photo, 224, model.preprocessing()), 3, 224, 224);
      double[] exponentials = new double[logits.length];
      double sum = 0;
      for (int i = 0; i < logits.length; i++) {
        exponentials[i] = Math.exp(logits[i]);
        sum += exponentials[i];
      }
      for (int i = 0; i < logits.length; i++) {
        exponentials[i] /= sum;
      }
      return exponentials;
    }
  }
}
