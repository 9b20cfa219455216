package dev.sightline.server.engine;

/**
 * A TorchScript module on PyTorch, differentiated to its layer by the autograd of its head alone.
 *
 * <p>Frames go through {@code features} once; each row takes its frame's maps and goes through
 * {@code head} and back.
 *
 * <p>The same loaded module is run in other ways by the backends that {@link #toInput}, {@link
 * #centre}, {@link #head} and {@link #inference} open. Each of them is closed by its owner, and the
 * module is freed when this one and all of those are closed.
 */
public final class TorchBackend implements Backend {

  private final TorchModule module;
  private final TorchRuns toLayer;
  private final boolean poolingAndLinear;

  private TorchBackend(TorchModule module, TorchRuns toLayer, boolean poolingAndLinear) {
    this.module = module;
    this.toLayer = toLayer;
    this.poolingAndLinear = poolingAndLinear;
  }

  static TorchBackend open(TorchFile file, String name, EngineSettings settings) {
    // The module is held by what runs it, and by this method only until that is open.
    try (TorchModule module = TorchModule.open(name, file, settings)) {
      TorchProbe probe = new TorchProbe(module, file);
      PassShape shape = probe.shape();
      probe.requireSteadiness(shape);
      boolean poolingAndLinear = probe.poolingAndLinear(shape);
      return new TorchBackend(
          module,
          TorchRuns.open(module, shape, settings.maxBatch(), TorchPasses::toLayer),
          poolingAndLinear);
    }
  }

  /**
   * The same module differentiated to its images, by the autograd of features and head: shapes as
   * here but for the grid, which is the image; results hold no activations. The first of these runs
   * takes a while, as PyTorch compiles.
   *
   * @throws EngineException if PyTorch cannot differentiate the features
   * @throws IllegalStateException if the module is closed
   */
  public Backend toInput() {
    PassShape s = shape();
    return open(
        new PassShape(
            s.channels(), s.height(), s.width(), s.classes(), s.channels(), s.height(), s.width()),
        TorchPasses::toInput);
  }

  /**
   * What the centre cell of the layer sees: as {@link #toInput}, but of one class, whose logit is
   * the sum of the layer's maps at row ⌊h/2⌋ and column ⌊w/2⌋.
   *
   * @throws EngineException if PyTorch cannot differentiate the features
   * @throws IllegalStateException if the module is closed
   */
  public Backend centre() {
    PassShape s = shape();
    return open(
        new PassShape(s.channels(), s.height(), s.width(), 1, s.channels(), s.height(), s.width()),
        TorchPasses::centre);
  }

  /**
   * The head of the same module alone: its images are activations of the layer, its passes give
   * logits only.
   *
   * @throws IllegalStateException if the module is closed
   */
  public Backend head() {
    PassShape s = shape();
    return open(
        PassShape.ofInference(s.gridChannels(), s.gridHeight(), s.gridWidth(), s.classes()),
        TorchPasses::head);
  }

  /**
   * The same module from images to logits.
   *
   * @throws IllegalStateException if the module is closed
   */
  public Backend inference() {
    PassShape s = shape();
    return open(
        PassShape.ofInference(s.channels(), s.height(), s.width(), s.classes()),
        TorchPasses::inference);
  }

  private Backend open(PassShape shape, TorchPasses.Way way) {
    return TorchRuns.open(module, shape, maxBatch(), way);
  }

  @Override
  public PassShape shape() {
    return toLayer.shape();
  }

  @Override
  public int maxBatch() {
    return toLayer.maxBatch();
  }

  @Override
  public String description() {
    return toLayer.description();
  }

  /**
   * True if the head is global average pooling and one linear layer, as CAM needs. The file does
   * not tell, so this was measured: the gradient of such a head, and of no other, is the same at
   * every position of every activation.
   */
  public boolean poolingAndLinear() {
    return poolingAndLinear;
  }

  @Override
  public PassResult run(Pass pass, PassBuffers buffers) {
    return toLayer.run(pass, buffers);
  }

  @Override
  public void close() {
    toLayer.close();
  }
}
