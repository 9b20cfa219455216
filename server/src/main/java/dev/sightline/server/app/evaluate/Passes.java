package dev.sightline.server.app.evaluate;

import com.google.protobuf.ByteString;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.Refusal;
import dev.sightline.server.batch.RefusedException;
import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassBuffers;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.model.ServedModel;
import dev.sightline.v1.ClassChoice;
import dev.sightline.v1.Encoding;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Heatmap;
import dev.sightline.v1.Image;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;

/**
 * The passes of one model: maps by the same way as the server's answers, and the probabilities of
 * many altered inputs in batches. Thread-safe.
 */
public final class Passes {
  private final ServedModel model;
  private final Planner planner;
  private final Batcher batcher;

  /**
   * The passes of a model.
   *
   * @param model the model
   * @param planner of a catalogue that has the model alone
   * @param batcher with workers
   */
  public Passes(ServedModel model, Planner planner, Batcher batcher) {
    this.model = model;
    this.planner = planner;
    this.batcher = batcher;
  }

  ServedModel model() {
    return model;
  }

  /** The logits of one input. */
  float[] logits(float[] input) {
    Backend backend = model.inference().backend();
    FloatBuffer images = Pass.buffer(backend.maxBatch(), input.length);
    images.put(0, input);
    return Arrays.copyOf(backend.run(Pass.ofLogits(images, 1)).logits(), model.classes());
  }

  /**
   * The probability of a class in every altered input.
   *
   * @param stopped asked before every batch
   * @throws InterruptedException if it was stopped
   */
  double[] probabilities(List<Altered> inputs, int of, BooleanSupplier stopped)
      throws InterruptedException {
    Backend backend = model.inference().backend();
    int size = backend.shape().imageSize();
    FloatBuffer images = Pass.buffer(backend.maxBatch(), size);
    PassBuffers buffers = new PassBuffers();
    double[] probabilities = new double[inputs.size()];
    for (int from = 0; from < probabilities.length; from += backend.maxBatch()) {
      if (stopped.getAsBoolean()) {
        throw new InterruptedException();
      }
      int frames = Math.min(backend.maxBatch(), probabilities.length - from);
      for (int i = 0; i < frames; i++) {
        inputs.get(from + i).write(images, i * size);
      }
      PassResult result = backend.run(Pass.ofLogits(images, frames), buffers);
      for (int i = 0; i < frames; i++) {
        probabilities[from + i] =
            probability(result.logits(), i * model.classes(), model.classes(), of);
      }
    }
    return probabilities;
  }

  /** The softmax of one of the logits. */
  static double probability(float[] logits, int from, int classes, int of) {
    double sum = 0;
    for (int i = 0; i < classes; i++) {
      sum += Math.exp((double) logits[from + i] - logits[from + of]);
    }
    return 1 / sum;
  }

  /**
   * The maps of one class.
   *
   * @param options methods, layer and what they take
   * @return one a method, in their order, as grids
   * @throws RefusedException if the model cannot give one of them, or the engine fails
   */
  List<Heatmap> maps(ExplainOptions.Builder options, float[] input, int of)
      throws RefusedException, InterruptedException {
    CompletableFuture<Explanation> answer = new CompletableFuture<>();
    planner
        .plan(
            options
                .clone()
                .addClasses(ClassChoice.newBuilder().setIndex(of))
                .setEncoding(Encoding.ENCODING_GRID_FLOAT32)
                .build())
        .submit(
            batcher.single(),
            image(input),
            batcher.nanoTime(),
            explanation -> answer.complete(explanation.build()));
    try {
      Explanation explanation = answer.get();
      if (explanation.getOutcome() != Outcome.OUTCOME_EXPLAINED) {
        throw new RefusedException(
            Refusal.of(
                explanation.getProblem().getReason(), explanation.getProblem().getMessage()));
      }
      return explanation.getHeatmapsList();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private Image image(float[] input) {
    InputShape shape = model.inputShape();
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * input.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(input);
    return Image.newBuilder()
        .setTensor(
            Tensor.newBuilder()
                .setChannels(shape.channels())
                .setHeight(shape.height())
                .setWidth(shape.width())
                .setData(ByteString.copyFrom(bytes)))
        .build();
  }
}
