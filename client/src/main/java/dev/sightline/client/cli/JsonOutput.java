package dev.sightline.client.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sightline.client.Answer;
import dev.sightline.client.Encoding;
import dev.sightline.client.Explanation;
import dev.sightline.client.Heatmap;
import dev.sightline.client.Options;
import dev.sightline.client.Region;
import dev.sightline.client.Unexplained;
import dev.sightline.heatmap.Grid;
import dev.sightline.heatmap.Plane;
import dev.sightline.v1.Kernel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One JSON object an item: a file each in a folder, or a line each on the standard output. */
final class JsonOutput implements Output {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final @Nullable Path folder;
  private final PrintWriter out;

  JsonOutput(@Nullable Path folder, PrintWriter out) throws IOException {
    this.folder = folder == null ? null : Files.createDirectories(folder);
    this.out = out;
  }

  @Override
  public void prepare(Options.Builder options) {
    options.encoding(Encoding.GRID_FLOAT32);
  }

  @Override
  public void explained(Item item, Explanation explanation) throws IOException {
    ObjectNode json = head(item);
    json.put("outcome", "EXPLAINED");
    json.put("model", explanation.model());
    json.putObject("image")
        .put("width", explanation.imageWidth())
        .put("height", explanation.imageHeight());
    json.set("region", json(explanation.region()));
    ArrayNode predictions = json.putArray("predictions");
    explanation
        .predictions()
        .forEach(
            prediction ->
                predictions
                    .addObject()
                    .put("index", prediction.index())
                    .put("label", prediction.label())
                    .put("logit", prediction.logit())
                    .put("probability", prediction.probability()));
    ArrayNode heatmaps = json.putArray("heatmaps");
    explanation.heatmaps().forEach(heatmap -> heatmaps.add(json(heatmap)));
    json.set("timing_ms", timing(explanation));
    write(item, json);
  }

  @Override
  public void unexplained(Item item, Unexplained why) throws IOException {
    ObjectNode json = head(item);
    json.put("outcome", why.outcome().name());
    json.put("reason", why.reason().name());
    json.put("message", why.message());
    ObjectNode metadata = json.putObject("metadata");
    why.metadata().forEach(metadata::put);
    write(item, json);
  }

  @Override
  public void close() {}

  private static ObjectNode head(Item item) {
    ObjectNode json = NODES.objectNode().put("file", item.file().toString());
    return item.isTensor() ? json.put("index", item.index()) : json;
  }

  private static ObjectNode json(Heatmap heatmap) {
    ObjectNode json =
        NODES
            .objectNode()
            .put("method", heatmap.method().shortName())
            .put("layer", heatmap.layer())
            .put("class_index", heatmap.classIndex())
            .put("class_label", heatmap.label())
            .put("logit", heatmap.logit())
            .put("width", heatmap.width())
            .put("height", heatmap.height())
            .put("pixel_level", heatmap.isPixelLevel())
            .put("raw", heatmap.isRaw())
            .put("min", heatmap.min())
            .put("max", heatmap.max());
    heatmap.filter().ifPresent(filter -> json.put("filter", filter));
    if (!heatmap.fusedLayers().isEmpty()) {
      ArrayNode fused = json.putArray("fused_layers");
      heatmap.fusedLayers().forEach(fused::add);
    }
    ArrayNode flags = json.putArray("flags");
    heatmap.flags().forEach(flag -> flags.add(flag.name().substring("HEATMAP_FLAG_".length())));
    json.set("kernel", json(heatmap.kernel()));
    heatmap
        .region()
        .ifPresent(
            region ->
                json.putObject("region")
                    .put("area", region.area())
                    .put("score", region.score())
                    .put("threshold", region.threshold())
                    .set("box", json(region.box())));
    heatmap
        .refinement()
        .ifPresent(
            refinement -> {
              Plane mask = refinement.mask();
              json.putObject("refinement")
                  .put("outcome", refinement.outcome().name())
                  .set("mask", rows(mask.height(), mask.width(), mask.values()));
            });
    if (heatmap.encoding().isGrid()) {
      Grid grid = heatmap.grid();
      json.set("grid", rows(grid.height(), grid.width(), grid.values()));
    } else {
      json.set("plane", rows(heatmap.height(), heatmap.width(), heatmap.pixels().values()));
    }
    return json;
  }

  private static ObjectNode json(Region region) {
    return NODES
        .objectNode()
        .put("x", region.x())
        .put("y", region.y())
        .put("width", region.width())
        .put("height", region.height());
  }

  private static ObjectNode json(Kernel kernel) {
    ObjectNode json =
        NODES
            .objectNode()
            .put(
                "upsampling",
                kernel
                    .getUpsampling()
                    .name()
                    .substring("UPSAMPLING_".length())
                    .toLowerCase(Locale.ROOT))
            .put("input_width", kernel.getInputWidth())
            .put("input_height", kernel.getInputHeight());
    if (kernel.hasSigma()) {
      json.put("sigma_x", kernel.getSigma().getX())
          .put("sigma_y", kernel.getSigma().getY())
          .put(
              "sigma_source",
              kernel
                  .getSigmaSource()
                  .name()
                  .substring("SIGMA_SOURCE_".length())
                  .toLowerCase(Locale.ROOT));
    }
    return json;
  }

  private static ArrayNode rows(int height, int width, float[] values) {
    ArrayNode rows = NODES.arrayNode(height);
    for (int row = 0; row < height; row++) {
      ArrayNode cells = rows.addArray();
      for (int column = 0; column < width; column++) {
        cells.add(values[row * width + column]);
      }
    }
    return rows;
  }

  private static ObjectNode timing(Answer answer) {
    return NODES
        .objectNode()
        .put("queue", millis(answer.timing().queue()))
        .put("preprocess", millis(answer.timing().preprocess()))
        .put("compute", millis(answer.timing().compute()))
        .put("postprocess", millis(answer.timing().postprocess()))
        .put("total", millis(answer.timing().total()))
        .put("batch_size", answer.timing().batchSize())
        .put("frames", answer.timing().frames());
  }

  private static double millis(Duration duration) {
    return duration.toNanos() / 1e6;
  }

  private void write(Item item, ObjectNode json) throws IOException {
    if (folder == null) {
      out.println(MAPPER.writeValueAsString(json));
      out.flush();
      return;
    }
    Path file = folder.resolve(item.ownName() + ".json");
    MAPPER.writer(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), json);
    out.println(file);
    out.flush();
  }
}
