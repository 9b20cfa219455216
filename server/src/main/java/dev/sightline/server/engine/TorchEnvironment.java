package dev.sightline.server.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** PyTorch in this process, as DJL loads it. */
final class TorchEnvironment {

  /** The name of DJL's engine. */
  static final String ENGINE = "PyTorch";

  private static final Logger log = LoggerFactory.getLogger(TorchEnvironment.class);

  private static boolean warned;

  private TorchEnvironment() {}

  /**
   * Loads PyTorch if it is not loaded.
   *
   * @return where modules go: the device of the settings, or the CPU if that cannot be had
   * @throws EngineException if PyTorch is missing or does not load
   */
  static synchronized Device start(EngineSettings settings) {
    if (System.getProperty("ai.djl.offline") == null) {
      System.setProperty("ai.djl.offline", "true");
    }
    requireLibrary();
    Engine engine;
    try {
      engine = Engine.getEngine(ENGINE);
    } catch (ai.djl.engine.EngineException e) {
      throw new EngineException("PyTorch cannot be started: " + EngineException.rootMessage(e), e);
    }
    JniUtils.setNumThreads(settings.threads());
    if (settings.device() == EngineSettings.Device.CPU) {
      return Device.cpu();
    }
    if (engine.getGpuCount() <= settings.deviceId() || !engine.hasCapability("CUDA")) {
      warnOnce(settings.deviceId());
      return Device.cpu();
    }
    return Device.gpu(settings.deviceId());
  }

  /** DJL would look for what is missing on the network, and fail with a word about that. */
  private static void requireLibrary() {
    boolean elsewhere = Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH") != null;
    if (Engine.class.getResource("/jnilib/pytorch.properties") == null
        || (!elsewhere && Engine.class.getResource("/native/lib/pytorch.properties") == null)) {
      throw new EngineException(
          "PyTorch's native library is missing: this program was built without it; build it with"
              + " 'mvn -Ppytorch package', or start it with SIGHTLINE_PYTORCH=1 ./sightline");
    }
  }

  private static void warnOnce(int deviceId) {
    if (!warned) {
      warned = true;
      log.warn(
          "CUDA device {} is not available to PyTorch, running TorchScript on the CPU", deviceId);
    }
  }
}
