package dev.sightline.server.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads and writes YAML strictly: an unknown, doubled or missing key is refused by its name. */
public final class ModelYaml {
  private static final YAMLMapper MAPPER =
      YAMLMapper.builder(
              YAMLFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                  .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                  .disable(YAMLGenerator.Feature.SPLIT_LINES)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .build();

  private ModelYaml() {}

  /**
   * Reads a model's card.
   *
   * @param text the whole file
   * @param file what to call it in an error
   * @throws ModelException if it is not such a card; the message names the file and the key
   */
  public static ModelCard card(String text, Object file) {
    ModelCard card = read(() -> MAPPER.readValue(text, ModelCard.class), file);
    require(card.name(), "name", file);
    require(card.description(), "description", file);
    require(card.input(), "input", file);
    require(card.input().order(), "input.order", file);
    require(card.input().mean(), "input.mean", file);
    require(card.input().std(), "input.std", file);
    require(card.input().resize(), "input.resize", file);
    if (!ModelCard.isName(card.name())) {
      throw new ModelException(
          "%s: name '%s' may only have lower-case letters, digits, '.', '_' and '-'"
              .formatted(file, card.name()));
    }
    try {
      card.input().preprocessing();
    } catch (IllegalArgumentException e) {
      throw new ModelException("%s: input: %s".formatted(file, e.getMessage()), e);
    }
    return card;
  }

  /** Writes a model's card. */
  static String text(ModelCard card) {
    try {
      return MAPPER.writeValueAsString(card);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads a map of records.
   *
   * @param text the whole file
   * @param type the class of a record
   * @param file what to call it in an error
   * @throws ModelException if it is not such a map; the message names the file and the key
   */
  public static <T> Map<String, T> map(String text, Class<T> type, Object file) {
    JavaType map =
        MAPPER.getTypeFactory().constructMapType(LinkedHashMap.class, String.class, type);
    return read(() -> MAPPER.<Map<String, T>>readValue(text, map), file);
  }

  private interface Parsing<T> {
    @Nullable T parse() throws JsonProcessingException;
  }

  private static <T> T read(Parsing<T> parsing, Object file) {
    try {
      T value = parsing.parse();
      if (value == null) {
        throw new ModelException(file + " is empty");
      }
      return value;
    } catch (UnrecognizedPropertyException e) {
      throw new ModelException("%s: unknown key '%s'".formatted(file, path(e)), e);
    } catch (JsonMappingException e) {
      String where = path(e);
      throw new ModelException(
          where.isEmpty()
              ? "%s: %s".formatted(file, firstLine(e))
              : "%s: %s: %s".formatted(file, where, firstLine(e)),
          e);
    } catch (JsonProcessingException e) {
      throw new ModelException("%s is not YAML: %s".formatted(file, firstLine(e)), e);
    }
  }

  private static void require(@Nullable Object value, String key, Object file) {
    if (value == null) {
      throw new ModelException("%s: key '%s' is missing".formatted(file, key));
    }
  }

  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() != null) {
        path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return path.toString();
  }

  private static String firstLine(JsonProcessingException e) {
    Throwable cause = e.getCause() instanceof IllegalArgumentException ? e.getCause() : e;
    String message =
        cause instanceof JsonProcessingException json
            ? json.getOriginalMessage()
            : String.valueOf(cause.getMessage());
    return message.lines().findFirst().orElse("").strip();
  }
}
