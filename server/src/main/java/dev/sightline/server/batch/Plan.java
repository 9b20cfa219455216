package dev.sightline.server.batch;

import dev.sightline.server.explain.Noise;
import dev.sightline.server.image.ImageReader;
import dev.sightline.v1.Image;
import java.util.List;
import java.util.Optional;

/**
 * Options that were found to be in order, resolved once for all the images under them: what to
 * compute, by which passes, and how to write it. Immutable.
 */
public final class Plan {

  /**
   * What randomness the passes draw on.
   *
   * @param noise of noisy samples
   * @param masks how many random masks, at least 1
   * @param maskSeed where they begin
   */
  record Randomness(Noise noise, int masks, long maskSeed) {}

  private final Target target;
  private final List<Step> steps;
  private final int[] rowClasses;
  private final Recipe recipe;
  private final boolean flip;
  private final Randomness randomness;
  private final Output output;
  private final Item.Terms terms;
  private final float unchangedWithin;
  private final Admission admission;
  private final ImageReader reader;

  Plan(
      Target target,
      List<Step> steps,
      int[] rowClasses,
      Recipe recipe,
      boolean flip,
      Randomness randomness,
      Output output,
      Item.Terms terms,
      float unchangedWithin,
      Admission admission,
      ImageReader reader) {
    this.target = target;
    this.steps = List.copyOf(steps);
    this.rowClasses = rowClasses;
    this.recipe = recipe;
    this.flip = flip;
    this.randomness = randomness;
    this.output = output;
    this.terms = terms;
    this.unchangedWithin = unchangedWithin;
    this.admission = admission;
    this.reader = reader;
  }

  Target target() {
    return target;
  }

  /** The maps that each class is to have. */
  List<Step> steps() {
    return steps;
  }

  int[] rowClasses() {
    return rowClasses;
  }

  Recipe recipe() {
    return recipe;
  }

  /** Whether the mirror image is looked at too. */
  boolean flip() {
    return flip;
  }

  Randomness randomness() {
    return randomness;
  }

  Output output() {
    return output;
  }

  /**
   * How far a frame of a live stream may be from an explained one and need no explanation, in grey
   * levels; 0 if all are to be explained.
   */
  float unchangedWithin() {
    return unchangedWithin;
  }

  /** Frames that an image takes in all. */
  int frames() {
    return Math.toIntExact((flip ? 2 : 1) * recipe.frames());
  }

  /** Roughly the bytes that an image of several frames keeps until it is answered. */
  long bytes() {
    if (frames() == 1) {
      return 0;
    }
    long input = (long) Float.BYTES * target.input().size();
    return (flip ? 2 : 1) * (input + recipe.bytes(rowClasses.length));
  }

  /**
   * Lets an image wait for its batch, or answers it at once if it is not admitted.
   *
   * @param source where it waits
   * @param image the image, not yet looked at
   * @param arrival when it came, by {@link Batcher#nanoTime}
   * @param receiver is told what becomes of it
   * @return false, and nothing was done, if the model was replaced and is closed already
   */
  public boolean submit(Source source, Image image, long arrival, Receiver receiver) {
    return submit(source, image, arrival, receiver, LastExplained.NONE.frame(0));
  }

  /**
   * The same for a frame that is compared with one before it.
   *
   * @param frame of the same stream, plan and model
   */
  boolean submit(
      Source source, Image image, long arrival, Receiver receiver, LastExplained.Frame frame) {
    if (!target.references().retain()) {
      return false;
    }
    ImageWork work = new ImageWork(this, reader, image, frame);
    Optional<Refusal> refusal = admission.refusal(target.name());
    if (refusal.isPresent()) {
      source.refuse(work, arrival, terms, receiver, refusal.get());
    } else {
      source.weigh(admission.weight());
      source.submit(work, arrival, terms, receiver);
    }
    return true;
  }
}
