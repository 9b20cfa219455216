package dev.sightline.server.app.evaluate.annotation;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sightline.server.explain.measure.Box;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Boxes as COCO writes them: "images" with their file names, "categories" with theirs, and
 * "annotations" whose bbox is [x, y, width, height] from 0. Entries are read one by one, so a file
 * of hundreds of megabytes takes little memory. Crowds are left out, silently: their boxes are of
 * no single object.
 */
final class CocoBoxes {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path file;
  private final Consumer<String> problems;
  private final Map<Long, String> images = new HashMap<>();
  private final Map<Long, String> categories = new HashMap<>();
  private final List<Entry> entries = new ArrayList<>();

  private record Entry(int number, long image, long category, Box box) {}

  private CocoBoxes(Path file, Consumer<String> problems) {
    this.file = file;
    this.problems = problems;
  }

  static void read(Path file, Boxes into, Consumer<String> problems) throws IOException {
    CocoBoxes coco = new CocoBoxes(file, problems);
    try (JsonParser parser = MAPPER.createParser(file.toFile())) {
      coco.parse(parser);
    } catch (JsonProcessingException e) {
      // What came before the damage counts.
      problems.accept("%s: %s".formatted(file, e.getMessage()));
    }
    coco.join(into);
  }

  private void parse(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      problems.accept("%s: it does not begin with an object".formatted(file));
      return;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      boolean read = List.of("images", "categories", "annotations").contains(name);
      if (!read || value != JsonToken.START_ARRAY) {
        parser.skipChildren();
        continue;
      }
      for (int number = 1; parser.nextToken() != JsonToken.END_ARRAY; number++) {
        JsonNode entry = parser.readValueAsTree();
        try {
          switch (name) {
            case "images" -> images.put(id(entry, "id"), text(entry, "file_name"));
            case "categories" -> categories.put(id(entry, "id"), text(entry, "name"));
            default -> annotation(number, entry);
          }
        } catch (IllegalArgumentException e) {
          problems.accept("%s: %s, entry %d: %s".formatted(file, name, number, e.getMessage()));
        }
      }
    }
  }

  private void annotation(int number, JsonNode entry) {
    if (entry.path("iscrowd").asInt() == 1) {
      return;
    }
    JsonNode box = entry.path("bbox");
    if (box.size() != 4) {
      throw new IllegalArgumentException("its bbox is %s".formatted(box));
    }
    for (JsonNode side : box) {
      if (!side.isNumber()) {
        throw new IllegalArgumentException("its bbox is %s".formatted(box));
      }
    }
    double x = box.get(0).asDouble();
    double y = box.get(1).asDouble();
    entries.add(
        new Entry(
            number,
            id(entry, "image_id"),
            id(entry, "category_id"),
            new Box(x, y, x + box.get(2).asDouble(), y + box.get(3).asDouble())));
  }

  private void join(Boxes into) {
    for (Entry entry : entries) {
      String image = images.get(entry.image());
      String category = categories.get(entry.category());
      if (image == null || category == null) {
        problems.accept(
            "%s: annotations, entry %d: there is no %s"
                .formatted(
                    file,
                    entry.number(),
                    image == null ? "image " + entry.image() : "category " + entry.category()));
      } else {
        into.add(image, new LabelledBox(category, entry.box()));
      }
    }
  }

  private static long id(JsonNode entry, String name) {
    JsonNode id = entry.path(name);
    if (!id.canConvertToLong()) {
      throw new IllegalArgumentException("its %s is %s".formatted(name, shown(id)));
    }
    return id.asLong();
  }

  private static String text(JsonNode entry, String name) {
    JsonNode text = entry.path(name);
    if (!text.isTextual() || text.asText().isBlank()) {
      throw new IllegalArgumentException("its %s is %s".formatted(name, shown(text)));
    }
    return text.asText();
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() ? "missing" : node.toString();
  }
}
