package dev.sightline.server.model.convert;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A Keras layers model, built layer by layer and written as TensorFlow.js stores it. */
final class KerasFixture {
  private static final JsonMapper JSON = new JsonMapper();

  private final ArrayNode layers = JSON.createArrayNode();
  private final ArrayNode weights = JSON.createArrayNode();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private String last = "";

  /** Adds a layer; its settings are JSON without braces and with ' for ". */
  KerasFixture layer(String type, String name, String settings, String... inputs)
      throws IOException {
    ObjectNode layer = layers.addObject();
    layer.put("class_name", type).put("name", name);
    ObjectNode config = (ObjectNode) JSON.readTree("{" + settings.replace('\'', '"') + "}");
    layer.set("config", config.put("name", name));
    ArrayNode nodes = layer.putArray("inbound_nodes");
    if (inputs.length > 0) {
      ArrayNode node = nodes.addArray();
      for (String input : inputs) {
        node.addArray().add(input).add(0).add(0).addObject();
      }
    }
    last = name;
    return this;
  }

  KerasFixture weight(String name, float[] values, int... shape) {
    ObjectNode weight = weights.addObject();
    weight.put("name", name).put("dtype", "float32");
    Arrays.stream(shape).forEach(weight.putArray("shape")::add);
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    data.writeBytes(bytes.array());
    return this;
  }

  Path write(Path folder, boolean sequential) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode model = root.putObject("modelTopology").putObject("model_config");
    model.put("class_name", sequential ? "Sequential" : "Model");
    ObjectNode config = model.putObject("config");
    config.set("layers", layers);
    config.putArray("output_layers").addArray().add(last).add(0).add(0);
    ObjectNode group = root.putArray("weightsManifest").addObject();
    group.set("weights", weights);
    byte[] bytes = data.toByteArray();
    int half = bytes.length / 2;
    group.putArray("paths").add("shard1of2.bin").add("shard2of2.bin");
    Files.write(folder.resolve("shard1of2.bin"), Arrays.copyOf(bytes, half));
    Files.write(folder.resolve("shard2of2.bin"), Arrays.copyOfRange(bytes, half, bytes.length));
    return Files.write(folder.resolve("model.json"), JSON.writeValueAsBytes(root));
  }
}
