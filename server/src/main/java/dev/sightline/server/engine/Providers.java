package dev.sightline.server.engine;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import dev.sightline.server.engine.EngineSettings.Device;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ONNX Runtime's session options for a device, falling back to the CPU where a provider cannot be
 * had: the GPU libraries are missing, or the onnxruntime jar is the CPU's.
 */
final class Providers {

  private static final Logger log = LoggerFactory.getLogger(Providers.class);
  private static final Set<Device> warned = EnumSet.noneOf(Device.class);

  private Providers() {}

  /** A session's options and the device that they really name. */
  record Chosen(SessionOptions options, Device device) {}

  static Chosen choose(EngineSettings settings) throws OrtException {
    if (settings.device() != Device.CPU) {
      SessionOptions options = cpu(settings);
      try {
        addGpu(options, settings);
        return new Chosen(options, settings.device());
      } catch (OrtException | UnsatisfiedLinkError e) {
        options.close();
        warnOnce(settings.device(), e);
      }
    }
    SessionOptions options = cpu(settings);
    // What fails on the CPU is thrown in the very words of the log, and some of it is only tried.
    options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    return new Chosen(options, Device.CPU);
  }

  /** Options for the CPU; the caller closes them. */
  static SessionOptions cpu(EngineSettings settings) throws OrtException {
    SessionOptions options = new SessionOptions();
    options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
    options.setInterOpNumThreads(1);
    options.setIntraOpNumThreads(settings.threads());
    if (settings.threads() > 1) {
      // Spinning threads take the cores that decode the next frames.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
    }
    return options;
  }

  private static void addGpu(SessionOptions options, EngineSettings settings) throws OrtException {
    if (settings.device() == Device.TENSORRT) {
      try (OrtTensorRTProviderOptions tensorRt =
          new OrtTensorRTProviderOptions(settings.deviceId())) {
        tensorRt.add("trt_fp16_enable", settings.halfPrecision() ? "1" : "0");
        if (settings.engineCache() != null) {
          tensorRt.add("trt_engine_cache_enable", "1");
          tensorRt.add("trt_engine_cache_path", settings.engineCache().toString());
        }
        options.addTensorrt(tensorRt);
      }
    }
    options.addCUDA(settings.deviceId());
  }

  private static synchronized void warnOnce(Device device, Throwable cause) {
    if (warned.add(device)) {
      log.warn("{} is not available, running on the CPU: {}", device, cause.getMessage());
    }
  }
}
