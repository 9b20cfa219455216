package dev.sightline.server.app.bench;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sightline.server.engine.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The figures with all that one must know to repeat them. */
public final class BenchReport {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  private BenchReport() {}

  /**
   * Writes it as JSON.
   *
   * @param settings the command's, by name
   * @param engines the engine of each model
   */
  public static void write(
      Path file, Map<String, Object> settings, Map<String, String> engines, List<Figure> figures)
      throws IOException {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("machine", machine());
    report.put("versions", versions());
    report.put("engines", engines);
    report.put("settings", settings);
    report.put("figures", figures);
    JsonMapper json = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    Files.writeString(file, json.writeValueAsString(report) + System.lineSeparator());
  }

  private static Map<String, Object> machine() throws IOException {
    Map<String, Object> machine = new LinkedHashMap<>();
    machine.put("processor", processor());
    machine.put("cores", Runtime.getRuntime().availableProcessors());
    machine.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put("architecture", System.getProperty("os.arch"));
    return machine;
  }

  private static String processor() throws IOException {
    if (!Files.isReadable(PROCESSORS)) {
      return "unknown";
    }
    try (Stream<String> lines = Files.lines(PROCESSORS)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).trim())
          .findFirst()
          .orElse("unknown");
    }
  }

  private static Map<String, String> versions() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("sightline", System.getProperty("sightline.version", "unknown"));
    versions.put("java", Objects.toString(System.getProperty("java.runtime.version")));
    versions.put("onnxruntime", OnnxRuntime.version());
    return versions;
  }
}
