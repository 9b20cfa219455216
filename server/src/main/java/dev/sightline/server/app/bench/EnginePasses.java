package dev.sightline.server.app.bench;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassBuffers;
import dev.sightline.server.graph.ReluRule;
import dev.sightline.server.model.ServedModel;
import dev.sightline.server.model.ServedPass;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Passes of a model through its engine: inference alone, and what explanations are made of. */
public final class EnginePasses {
  private static final int SEVERAL = 5;

  private EnginePasses() {}

  /**
   * The passes that a model has, the first of which is plain inference.
   *
   * @param batch images of a pass
   */
  public static List<Contender> of(ServedModel model, int batch) {
    FloatBuffer images = noise(batch, model.inputShape().size());
    Pass one = Pass.ofMostProbable(images, batch);
    List<Contender> contenders = new ArrayList<>();
    contenders.add(
        contender(
            model, "plain inference", Pass.ofLogits(images, batch), model.inference().backend()));
    if (!model.layers().isEmpty()) {
      contenders.add(explaining(model, batch));
      int several = Math.min(SEVERAL, model.classes());
      contenders.add(
          contender(
              model,
              "of %d classes".formatted(several),
              ofMostProbable(images, batch, several),
              layer(model)));
    }
    ServedPass toInput = model.toInput(ReluRule.PLAIN);
    if (toInput.obstacle().isEmpty()) {
      contenders.add(contender(model, "to the input", one, toInput.backend()));
    }
    return contenders;
  }

  /** The pass of an explanation: logits, and A and g of the default layer for one class. */
  public static Contender explaining(ServedModel model, int batch) {
    FloatBuffer images = noise(batch, model.inputShape().size());
    return contender(model, "logits, A and g", Pass.ofMostProbable(images, batch), layer(model));
  }

  private static Backend layer(ServedModel model) {
    return model.layer(model.defaultLayer()).backend();
  }

  private static Contender contender(ServedModel model, String name, Pass pass, Backend backend) {
    PassBuffers buffers = new PassBuffers();
    return new Contender(model.name(), name, pass.frames(), () -> backend.run(pass, buffers));
  }

  /** A pass with several rows a frame, one for each of its most probable classes. */
  private static Pass ofMostProbable(FloatBuffer images, int frames, int classes) {
    int[] rowFrames = new int[frames * classes];
    int[] rowClasses = new int[frames * classes];
    for (int row = 0; row < rowFrames.length; row++) {
      rowFrames[row] = row / classes;
      rowClasses[row] = -1 - row % classes;
    }
    return new Pass(images, frames, rowFrames, rowClasses);
  }

  private static FloatBuffer noise(int images, int imageSize) {
    FloatBuffer buffer = Pass.buffer(images, imageSize);
    Random random = new Random(1);
    for (int i = 0; i < buffer.capacity(); i++) {
      buffer.put(i, random.nextFloat() * 2 - 1);
    }
    return buffer;
  }
}
