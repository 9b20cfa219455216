package dev.sightline.server.app;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The options of a command, read from a YAML file: {@code port: 8484} is {@code --port 8484}, a
 * list is a comma-separated value. What the command line says goes first.
 */
final class YamlDefaults implements IDefaultValueProvider {

  private final Map<String, String> values;

  private YamlDefaults(Map<String, String> values) {
    this.values = values;
  }

  /**
   * Reads a file.
   *
   * @param known the names of the options that it may set
   * @throws IllegalArgumentException naming the file, and the key that is unknown or not a value
   */
  static YamlDefaults read(Path file, List<String> known) {
    JsonNode root;
    try {
      root = new YAMLMapper().readTree(Files.readString(file));
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s is not YAML: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("%s cannot be read".formatted(file), e);
    }
    if (!root.isObject()) {
      throw new IllegalArgumentException("%s must hold keys and values".formatted(file));
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      String name = "--" + entry.getKey();
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "%s: there is no option %s; known are %s"
                .formatted(file, entry.getKey(), String.join(", ", known)));
      }
      values.put(name, text(file, entry.getKey(), entry.getValue()));
    }
    return new YamlDefaults(values);
  }

  private static String text(Path file, String key, JsonNode value) {
    if (value.isArray()) {
      List<String> items = new ArrayList<>();
      value.forEach(item -> items.add(text(file, key, item)));
      return String.join(",", items);
    }
    if (!value.isValueNode() || value.isNull()) {
      throw new IllegalArgumentException("%s: %s must be a value or a list".formatted(file, key));
    }
    return value.asText();
  }

  @Override
  public @Nullable String defaultValue(ArgSpec arg) {
    return arg instanceof OptionSpec option ? values.get(option.longestName()) : null;
  }
}
