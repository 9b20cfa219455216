package dev.sightline.server.engine;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How networks are run.
 *
 * @param device where; a device that cannot be had falls back to the CPU with one warning
 * @param deviceId which GPU, from 0; no meaning on the CPU
 * @param threads the engine's own threads for one pass, at least 1; 1 computes on the calling
 *     thread
 * @param maxBatch the largest number of frames in a pass; a power of two, 1 to 256
 * @param halfPrecision whether TensorRT may compute in float16
 * @param engineCache a folder where TensorRT keeps compiled engines, or null for none
 */
public record EngineSettings(
    Device device,
    int deviceId,
    int threads,
    int maxBatch,
    boolean halfPrecision,
    @Nullable Path engineCache) {

  /** Where networks run. */
  public enum Device {
    /** The processor. */
    CPU,
    /** An NVIDIA GPU through ONNX Runtime's CUDA provider. */
    CUDA,
    /** An NVIDIA GPU through ONNX Runtime's TensorRT provider, CUDA for what it does not take. */
    TENSORRT
  }

  /** Checks the ranges. */
  public EngineSettings {
    if (threads < 1) {
      throw new IllegalArgumentException("threads is %d, at least 1 is needed".formatted(threads));
    }
    if (maxBatch < 1 || maxBatch > 256 || Integer.bitCount(maxBatch) != 1) {
      throw new IllegalArgumentException(
          "maxBatch is %d, a power of two from 1 to 256 is needed".formatted(maxBatch));
    }
  }

  /** One thread a pass on the CPU. */
  public static EngineSettings cpu(int maxBatch) {
    return new EngineSettings(Device.CPU, 0, 1, maxBatch, false, null);
  }
}
