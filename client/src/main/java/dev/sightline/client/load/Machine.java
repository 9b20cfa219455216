package dev.sightline.client.load;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The machine on which the generator runs.
 *
 * @param memory in bytes
 */
public record Machine(
    int cores, String processor, long memory, String system, String architecture, String java) {

  /** This one. */
  public static Machine here() {
    OperatingSystemMXBean bean =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new Machine(
        bean.getAvailableProcessors(),
        modelName(),
        bean.getTotalMemorySize(),
        bean.getName() + " " + bean.getVersion(),
        bean.getArch(),
        System.getProperty("java.vendor") + " " + System.getProperty("java.version"));
  }

  private static String modelName() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"), StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException | java.io.UncheckedIOException e) {
      // Only Linux tells it so.
      return "unknown";
    }
  }
}
