package dev.sightline.server.engine;

/**
 * Opens TorchScript modules in PyTorch. Its native library is an optional part of the program, and
 * the first module that is opened loads it. Thread-safe.
 *
 * <p>PyTorch has one number of threads a pass for the whole process: that of the module opened
 * last.
 */
public final class PyTorch {

  private final EngineSettings settings;

  /** Opens every module with these settings; TensorRT means CUDA here. */
  public PyTorch(EngineSettings settings) {
    this.settings = settings;
  }

  /**
   * Loads a module, in evaluation mode, and runs it to learn its shapes.
   *
   * @param file the module
   * @param name what to call it in logs and errors
   * @return a backend, which the caller closes
   * @throws EngineException if PyTorch is not there or does not take the module; if the module
   *     lacks a method or gives other shapes than {@link TorchFile} says; or if its answer for a
   *     frame varies, as that of a module does which was traced in training mode
   */
  public TorchBackend open(TorchFile file, String name) {
    return TorchBackend.open(file, name, settings);
  }
}
