package dev.sightline.server.model.convert;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Keras layers model as TensorFlow.js stores it: model.json with the layers, and files of weights
 * (shards) beside it.
 */
final class KerasModel {
  /**
   * A layer.
   *
   * @param name its name
   * @param type its class, such as "Conv2D"
   * @param config its settings
   * @param inputs the names of the layers before it
   */
  record Layer(String name, String type, JsonNode config, List<String> inputs) {
    /** A whole number of the settings. */
    int integer(String key, int otherwise) {
      return config.path(key).asInt(otherwise);
    }

    /** A text of the settings. */
    String text(String key, String otherwise) {
      return config.path(key).asText(otherwise);
    }

    /** A pair of whole numbers, which may be written as one. */
    int[] pair(String key, int otherwise) {
      JsonNode value = config.path(key);
      if (value.isArray() && value.size() == 2) {
        return new int[] {value.get(0).asInt(), value.get(1).asInt()};
      }
      int both = value.asInt(otherwise);
      return new int[] {both, both};
    }

    /** The layer in words. */
    String described() {
      return "layer '%s' (%s)".formatted(name, type);
    }
  }

  private record Weight(long[] shape, ByteBuffer data) {}

  private final Map<String, Layer> layers = new LinkedHashMap<>();
  private final Map<String, Weight> weights = new LinkedHashMap<>();
  private final String output;

  private KerasModel(JsonNode json, Path folder) throws IOException {
    JsonNode topology = json.path("modelTopology");
    JsonNode model = topology.has("model_config") ? topology.get("model_config") : topology;
    JsonNode config = model.path("config");
    JsonNode list = config.isArray() ? config : config.path("layers");
    if (!list.isArray() || list.isEmpty()) {
      throw new ConversionException("model.json holds no Keras layers model");
    }
    if (model.path("class_name").asText().equals("Sequential")) {
      output = readSequence(list);
    } else {
      list.forEach(this::readFunctional);
      JsonNode outputs = config.path("output_layers");
      if (outputs.size() != 1) {
        throw new ConversionException("%d outputs where one is wanted".formatted(outputs.size()));
      }
      output = outputs.path(0).path(0).asText();
    }
    for (JsonNode group : json.path("weightsManifest")) {
      readWeights(group, folder);
    }
  }

  /**
   * Reads a model.
   *
   * @param modelJson the file model.json; the weights lie beside it
   * @throws ConversionException if it is not such a model, or is damaged; the message names the
   *     file
   */
  static KerasModel read(Path modelJson) throws IOException {
    JsonNode json;
    try {
      json = new JsonMapper().readTree(modelJson.toFile());
    } catch (JsonProcessingException e) {
      throw new ConversionException(
          modelJson.getFileName() + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (CharConversionException e) {
      throw new ConversionException(modelJson.getFileName() + " is not text: " + e.getMessage(), e);
    }
    Path folder = modelJson.toAbsolutePath().getParent();
    if (folder == null) {
      throw new ConversionException(modelJson + " is not a file");
    }
    return new KerasModel(json, folder);
  }

  /** The layers in the order of their computation. */
  List<Layer> layers() {
    return List.copyOf(layers.values());
  }

  /** A layer by its name. */
  Layer layer(String name) {
    Layer layer = layers.get(name);
    if (layer == null) {
      throw new ConversionException("there is no layer '%s'".formatted(name));
    }
    return layer;
  }

  /** The name of the layer that comes last. */
  String output() {
    return output;
  }

  /** The layers that take what a layer gives. */
  List<Layer> consumers(Layer layer) {
    return layers.values().stream().filter(l -> l.inputs().contains(layer.name())).toList();
  }

  /** A layer's weight, which must have the given shape. */
  float[] weight(Layer layer, String name, int... shape) {
    Weight weight = find(layer, name).orElse(null);
    if (weight == null) {
      throw new ConversionException(
          "the weight '%s' of %s is missing".formatted(name, layer.described()));
    }
    boolean fits = weight.shape.length == shape.length;
    int size = 1;
    for (int i = 0; fits && i < shape.length; i++) {
      fits = weight.shape[i] == shape[i];
      size *= shape[i];
    }
    if (!fits) {
      throw new ConversionException(
          "the weight '%s' of %s has another shape".formatted(name, layer.described()));
    }
    float[] values = new float[size];
    weight.data.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  private Optional<Weight> find(Layer layer, String name) {
    String path = layer.name() + "/" + name;
    Weight exact = weights.get(path);
    return exact != null
        ? Optional.of(exact)
        : weights.entrySet().stream()
            .filter(entry -> entry.getKey().endsWith("/" + path))
            .map(Map.Entry::getValue)
            .findFirst();
  }

  private String readSequence(JsonNode list) {
    String before = "";
    for (JsonNode json : list) {
      JsonNode config = json.path("config");
      String type = json.path("class_name").asText();
      if (before.isEmpty() && !type.equals("InputLayer")) {
        before = "sequential_input";
        add(new Layer(before, "InputLayer", config, List.of()));
      }
      String name = config.path("name").asText();
      add(new Layer(name, type, config, before.isEmpty() ? List.of() : List.of(before)));
      before = name;
    }
    return before;
  }

  private void readFunctional(JsonNode json) {
    String name = json.path("name").asText();
    JsonNode nodes = json.path("inbound_nodes");
    if (nodes.size() > 1) {
      throw new ConversionException("layer '%s' is used more than once".formatted(name));
    }
    List<String> inputs = new ArrayList<>();
    for (JsonNode input : nodes.path(0)) {
      if (!input.isArray() || !input.path(0).isTextual()) {
        throw new ConversionException(
            "layer '%s' states its inputs in a form that is not understood".formatted(name));
      }
      inputs.add(input.get(0).asText());
    }
    add(new Layer(name, json.path("class_name").asText(), json.path("config"), inputs));
  }

  private void add(Layer layer) {
    if (layer.name().isEmpty() || layers.put(layer.name(), layer) != null) {
      throw new ConversionException("the layer name '%s' is not unique".formatted(layer.name()));
    }
  }

  private void readWeights(JsonNode group, Path folder) throws IOException {
    ByteBuffer data = ByteBuffer.wrap(readShards(group.path("paths"), folder));
    for (JsonNode json : group.path("weights")) {
      String name = json.path("name").asText();
      if (!json.path("dtype").asText().equals("float32") || json.has("quantization")) {
        throw new ConversionException(
            "weight '%s' is not float32; only networks with float weights are converted"
                .formatted(name));
      }
      long[] shape = new long[json.path("shape").size()];
      long bytes = Float.BYTES;
      for (int i = 0; i < shape.length; i++) {
        shape[i] = json.path("shape").get(i).asLong();
        bytes *= shape[i];
      }
      if (bytes < 0 || bytes > data.remaining()) {
        throw new ConversionException(
            "the weight files end before weight '%s' does".formatted(name));
      }
      weights.put(
          name.endsWith(":0") ? name.substring(0, name.length() - 2) : name,
          new Weight(shape, data.slice(data.position(), (int) bytes)));
      data.position(data.position() + (int) bytes);
    }
    if (data.hasRemaining()) {
      throw new ConversionException(
          "the weight files hold %d bytes more than model.json says".formatted(data.remaining()));
    }
  }

  private static byte[] readShards(JsonNode paths, Path folder) throws IOException {
    List<byte[]> shards = new ArrayList<>();
    int size = 0;
    for (JsonNode path : paths) {
      Path shard = folder.resolve(path.asText()).normalize();
      if (!shard.startsWith(folder.normalize()) || !Files.isRegularFile(shard)) {
        throw new ConversionException("weight file " + path.asText() + " is missing");
      }
      byte[] bytes = Files.readAllBytes(shard);
      size = Math.addExact(size, bytes.length);
      shards.add(bytes);
    }
    ByteBuffer all = ByteBuffer.allocate(size);
    shards.forEach(all::put);
    return all.array();
  }
}
