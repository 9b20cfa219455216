package dev.sightline.server.batch;

import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Image;
import dev.sightline.v1.Timing;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * Options that hold for image after image, whatever models take each other's place meanwhile: they
 * are planned once, and again for the first image after a model was replaced. Not thread-safe.
 */
public final class StandingOptions {
  private final ExplainOptions options;
  private final Planner planner;
  private long version;

  /** Weak, so that a stream on which nothing is sent does not hold a model that was replaced. */
  private WeakReference<@Nullable Plan> plan = new WeakReference<>(null);

  private @Nullable Refusal refusal;

  /** The scores of the model of which {@link #lastExplained} is, weak for the same reason. */
  private WeakReference<@Nullable Lane> model = new WeakReference<>(null);

  private LastExplained lastExplained = LastExplained.NONE;

  /** Options that the planner is to resolve. */
  public StandingOptions(ExplainOptions options, Planner planner) {
    this.options = options;
    this.planner = planner;
  }

  /**
   * Lets an image wait for its batch, or answers it at once if the options cannot be met or if it
   * is not admitted.
   *
   * @param source where it waits; only a live one may go without explanations that are not needed
   * @param sequence the client's number for the image, above that of the one before
   * @param image the image, not yet looked at
   * @param arrival when it came, by {@link Batcher#nanoTime}
   * @param receiver is told what becomes of it
   */
  public void submit(Source source, long sequence, Image image, long arrival, Receiver receiver) {
    Plan current = current();
    // A model that was replaced in between takes no more images: plan again for the one in force.
    while (current != null
        && !current.submit(
            source, image, arrival, receiver, lastExplained(source, current).frame(sequence))) {
      current = current();
    }
    if (current == null && refusal != null) {
      receiver.answer(refusal.answer().setTiming(Timing.getDefaultInstance()));
    }
  }

  /** What is remembered of the frames that this very model explained. */
  private LastExplained lastExplained(Source source, Plan current) {
    if (!source.newestWins) {
      return LastExplained.NONE;
    }
    Lane scores = current.target().scores();
    if (model.get() != scores) {
      model = new WeakReference<>(scores);
      lastExplained = new LastExplained(current.unchangedWithin());
    }
    return lastExplained;
  }

  /** The plan by the models that there are now; null if there is a refusal instead. */
  private @Nullable Plan current() {
    long now = planner.version();
    Plan known = plan.get();
    if (now == version && (known != null || refusal != null)) {
      return known;
    }
    version = now;
    try {
      Plan next = planner.plan(options);
      plan = new WeakReference<>(next);
      refusal = null;
      return next;
    } catch (RefusedException e) {
      plan = new WeakReference<>(null);
      refusal = e.refusal();
      return null;
    }
  }
}
