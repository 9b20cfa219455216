package dev.sightline.server.app.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What the inference engine holds, as far as it can be known: it tells nobody, so what the process
 * has resident beyond the JVM's own memory is taken for it. That is too little while part of a
 * committed heap was never touched, and too much by the JVM's native code and stacks.
 */
final class EngineMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";

  private EngineMemory() {}

  /** Registers the gauges, where the system can tell. */
  static void register(MeterRegistry registry) {
    if (resident(STATUS).isPresent()) {
      gauge(registry, "resident", EngineMemory::resident);
      gauge(registry, "native", () -> Math.max(0, resident() - ofTheJvm()));
    }
  }

  private static void gauge(MeterRegistry registry, String area, Supplier<Number> bytes) {
    Gauge.builder(MetricNames.ENGINE_MEMORY, bytes)
        .description("Resident memory of the process, and what of it is not the JVM's own.")
        .tag("area", area)
        .register(registry);
  }

  /** The resident bytes that a Linux status file tells of. */
  static OptionalLong resident(Path status) {
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith(RESIDENT))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst();
    } catch (IOException | UncheckedIOException e) {
      return OptionalLong.empty();
    }
  }

  private static double resident() {
    OptionalLong bytes = resident(STATUS);
    return bytes.isPresent() ? bytes.getAsLong() : Double.NaN;
  }

  private static long ofTheJvm() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    long buffers =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return memory.getHeapMemoryUsage().getCommitted()
        + memory.getNonHeapMemoryUsage().getCommitted()
        + buffers;
  }
}
