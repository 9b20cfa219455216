package dev.sightline.server.app.bench;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.heatmap.PhotoFormat;
import dev.sightline.server.app.evaluate.Row;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Plan;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.RefusedException;
import dev.sightline.server.batch.Source;
import dev.sightline.server.batch.Worker;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Image;
import dev.sightline.v1.Method;
import dev.sightline.v1.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Whole explanations in process: from a JPEG file of 640 × 480 to the bytes of its answer, through
 * the batcher and the engine, on the calling thread.
 */
public final class Answers {

  /** The seven methods that are told apart by how they weigh A by g. */
  static final List<Method> SEVEN =
      List.of(
          Method.METHOD_CAM,
          Method.METHOD_GRAD_CAM,
          Method.METHOD_GRAD_CAM_PLUS_PLUS,
          Method.METHOD_EXTENDED_CAM,
          Method.METHOD_HI_RES_CAM,
          Method.METHOD_LAYER_CAM,
          Method.METHOD_XGRAD_CAM);

  private static final int WIDTH = 640;
  private static final int HEIGHT = 480;

  private final String model;
  private final Planner planner;
  private final Batcher batcher;
  private final Worker worker;
  private final List<Source> sources = new ArrayList<>();
  private final Image image = Image.newBuilder().setEncoded(frame()).build();

  /**
   * Explanations of a model.
   *
   * @param planner of a catalogue whose default is the model
   * @param batcher without threads of its own
   * @param batch images that are explained at once
   */
  public Answers(String model, Planner planner, Batcher batcher, int batch) {
    this.model = model;
    this.planner = planner;
    this.batcher = batcher;
    this.worker = batcher.worker();
    for (int i = 0; i < batch; i++) {
      sources.add(batcher.live());
    }
  }

  /**
   * Each of those of the seven methods that the model has, Grad-CAM first, and all of them at once.
   */
  public List<Contender> contenders() {
    List<Method> methods =
        Stream.concat(
                Stream.of(Method.METHOD_GRAD_CAM),
                SEVEN.stream().filter(method -> method != Method.METHOD_GRAD_CAM))
            .filter(this::has)
            .toList();
    List<Contender> contenders = new ArrayList<>();
    for (Method method : methods) {
      contenders.add(contender("answer: " + Row.name(method), List.of(method)));
    }
    contenders.add(contender("answer: all " + methods.size(), methods));
    return contenders;
  }

  /** The size of the file that is explained. */
  public int imageBytes() {
    return image.getEncoded().size();
  }

  private boolean has(Method method) {
    try {
      planner.plan(options(List.of(method)));
      return true;
    } catch (RefusedException e) {
      return false;
    }
  }

  private static ExplainOptions options(List<Method> methods) {
    return ExplainOptions.newBuilder().addAllMethods(methods).build();
  }

  private Contender contender(String name, List<Method> methods) {
    try {
      Plan plan = planner.plan(options(methods));
      return new Contender(model, name, sources.size(), () -> explain(plan));
    } catch (RefusedException e) {
      throw new IllegalStateException(name + " was possible a moment ago", e);
    }
  }

  private void explain(Plan plan) {
    int[] answered = new int[1];
    for (Source source : sources) {
      plan.submit(source, image, batcher.nanoTime(), answer -> answered[0] += written(answer));
    }
    while (answered[0] < sources.size()) {
      if (!worker.step()) {
        throw new IllegalStateException("an image was left without an answer");
      }
    }
  }

  private static int written(Explanation.Builder answer) {
    if (answer.getOutcome() != Outcome.OUTCOME_EXPLAINED) {
      throw new IllegalStateException(answer.getProblem().getMessage());
    }
    return answer.build().toByteString().isEmpty() ? 0 : 1;
  }

  /** Shapes with soft edges and some grain: about as many bytes as a camera's frame. */
  static ByteString frame() {
    Random random = new Random(1);
    byte[] coarse = new byte[3 * 20 * 15];
    random.nextBytes(coarse);
    byte[] pixels = new Photo(20, 15, coarse).resized(WIDTH, HEIGHT).bgr().clone();
    for (int i = 0; i < pixels.length; i++) {
      double grained = (pixels[i] & 0xff) + 5 * random.nextGaussian();
      pixels[i] = (byte) Math.max(0, Math.min(255, grained));
    }
    return ByteString.copyFrom(
        PhotoCodec.write(new Photo(WIDTH, HEIGHT, pixels), PhotoFormat.JPEG));
  }
}
