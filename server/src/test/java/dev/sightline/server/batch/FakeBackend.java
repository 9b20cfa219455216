package dev.sightline.server.batch;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.EngineException;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassBuffers;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.engine.PassShape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network of one pixel x, two classes with logits (x, -x), and a 1 × 1 grid with A = x and g = 1
 * for the first class, -1 for the second. It fails on a pixel of {@link #POISON}, and as often as
 * it was told to.
 */
public final class FakeBackend implements Backend {
  /** The pixel on which a pass fails. */
  public static final float POISON = -666;

  private static final PassShape SHAPE = new PassShape(1, 1, 1, 2, 1, 1, 1);

  private final int maxBatch;
  private final PassShape shape;
  private final List<List<Float>> passes = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger failures = new AtomicInteger();
  private volatile boolean ready = true;
  private volatile Runnable during = () -> {};

  /** A backend that takes that many frames in a pass. */
  public FakeBackend(int maxBatch) {
    this(maxBatch, SHAPE);
  }

  /** The same, which says that it has another shape. */
  FakeBackend(int maxBatch, PassShape shape) {
    this.maxBatch = maxBatch;
    this.shape = shape;
  }

  /** The pixels of every pass so far, failed ones too. */
  public List<List<Float>> passes() {
    synchronized (passes) {
      return List.copyOf(passes);
    }
  }

  /** Fails the next passes, whatever is in them. */
  public void failNext(int count) {
    failures.set(count);
  }

  /** Says that it would have to open first, or that it would not. */
  void ready(boolean isReady) {
    ready = isReady;
  }

  @Override
  public boolean ready() {
    return ready;
  }

  /** What happens while a pass runs. */
  public void during(Runnable action) {
    during = action;
  }

  @Override
  public PassShape shape() {
    return shape;
  }

  @Override
  public int maxBatch() {
    return maxBatch;
  }

  @Override
  public String description() {
    return "fake";
  }

  @Override
  public PassResult run(Pass pass, PassBuffers buffers) {
    List<Float> pixels = new ArrayList<>();
    for (int i = 0; i < pass.frames(); i++) {
      pixels.add(pass.images().get(i));
    }
    passes.add(pixels);
    during.run();
    if (pixels.contains(POISON) || failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new EngineException("poisoned", new IllegalStateException());
    }
    return result(pass, pixels);
  }

  private static PassResult result(Pass pass, List<Float> pixels) {
    float[] logits = new float[2 * pixels.size()];
    float[] activations = new float[pixels.size()];
    for (int i = 0; i < pixels.size(); i++) {
      activations[i] = pixels.get(i);
      logits[2 * i] = activations[i];
      logits[2 * i + 1] = -activations[i];
    }
    int[] chosen = new int[pass.rows()];
    float[] gradients = new float[pass.rows()];
    for (int row = 0; row < pass.rows(); row++) {
      int wanted = pass.rowClasses()[row];
      int best = activations[pass.rowFrames()[row]] >= 0 ? 0 : 1;
      chosen[row] = wanted >= 0 ? wanted : wanted == -1 ? best : 1 - best;
      gradients[row] = chosen[row] == 0 ? 1 : -1;
    }
    return new PassResult(SHAPE, logits, chosen, activations, gradients);
  }

  @Override
  public void close() {}
}
