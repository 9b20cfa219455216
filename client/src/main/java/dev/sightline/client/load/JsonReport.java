package dev.sightline.client.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** All figures, for programs. Times are in milliseconds, rates a second. */
public final class JsonReport {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private JsonReport() {}

  /** A report as an indented JSON object. */
  public static String write(Setting setting, @Nullable Result result, @Nullable Capacity capacity)
      throws IOException {
    return MAPPER
        .writer(SerializationFeature.INDENT_OUTPUT)
        .writeValueAsString(json(setting, result, capacity));
  }

  private static ObjectNode json(
      Setting setting, @Nullable Result result, @Nullable Capacity capacity) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("version", setting.version()).put("started", setting.started());
    json.set("machine", MAPPER.valueToTree(setting.machine()));
    json.set("settings", settings(setting));
    if (result != null) {
      json.set("result", result(result));
    }
    if (capacity != null) {
      json.set("capacity", capacity(capacity));
    }
    return json;
  }

  private static ObjectNode settings(Setting setting) {
    Plan plan = setting.plan();
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("server", setting.server())
            .put("server_shares_process", setting.sharesProcess())
            .put("model", setting.model())
            .put("call", lower(plan.call()))
            .put("streams", plan.streams().size())
            .put("connections", setting.connections())
            .put("images", setting.images())
            .put("still", plan.still());
    if (plan.pace() instanceof Pace.Open open) {
      json.put("loop", "open").put("rate", open.rate()).put("arrivals", lower(open.process()));
    } else if (plan.pace() instanceof Pace.Closed closed) {
      json.put("loop", "closed").put("in_flight", closed.inFlight());
    }
    ObjectNode asked = json.putObject("asked");
    setting.asked().forEach(asked::put);
    json.put("warm_up", plan.warmUp().toMillis()).put("duration", plan.duration().toMillis());
    if (plan.deadline() != null) {
      json.put("deadline", plan.deadline().toMillis());
    }
    return json.put("expand", plan.expand()).put("seed", plan.seed());
  }

  private static ObjectNode result(Result result) {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("seconds", result.seconds())
            .put("interrupted", result.interrupted())
            .put("failure", result.failure())
            .put("answers_per_second", result.answersPerSecond())
            .put("explained_per_second", result.explainedPerSecond())
            .put("unchanged_per_second", result.unchangedPerSecond())
            .put("goodput", result.goodput())
            .put("kept", result.frames().kept())
            .put("on_schedule", result.onSchedule())
            .put("generator_cores", result.generator());
    json.putObject("frames")
        .put("offered", result.frames().offered())
        .put("explained", result.frames().explained())
        .put("unchanged", result.frames().unchanged())
        .put("good", result.frames().good())
        .put("dropped", result.frames().dropped())
        .put("lost", result.frames().lost())
        .put("unsent", result.frames().unsent());
    json.putObject("balance")
        .put("sent", result.balance().sent())
        .put("answered", result.balance().answered())
        .put("lost", result.balance().lost())
        .put("even", result.balance().isEven());
    json.set("latency", MAPPER.valueToTree(result.latency()));
    json.set("unchanged", MAPPER.valueToTree(result.unchanged()));
    json.set("age", MAPPER.valueToTree(result.age()));
    json.set("lateness", MAPPER.valueToTree(result.lateness()));
    json.set("split", MAPPER.valueToTree(result.split()));
    json.putObject("bytes")
        .put("per_heatmap", result.bytes().perHeatmap())
        .put("per_answer", result.bytes().perAnswer())
        .put("per_frame", result.bytes().perFrame());
    ObjectNode drops = json.putObject("drops");
    result.drops().forEach(drops::put);
    ObjectNode sizes = json.putObject("batch_sizes");
    result.batchSizes().forEach((size, count) -> sizes.put(String.valueOf(size), count));
    ArrayNode asked = json.putArray("asked");
    for (Result.MixResult mix : result.mixes()) {
      asked
          .addObject()
          .put("asked", mix.asked())
          .put("explained", mix.explained())
          .put("bytes_per_heatmap", mix.bytesPerHeatmap())
          .set("latency", MAPPER.valueToTree(mix.latency()));
    }
    json.set("percentiles", MAPPER.valueToTree(result.curve()));
    json.set("series", MAPPER.valueToTree(result.series()));
    return json;
  }

  private static ObjectNode capacity(Capacity capacity) {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("rate", capacity.rate())
            .put("confirmed", capacity.confirmed())
            .put("finished", capacity.finished())
            .put("limited_by_generator", capacity.limitedByGenerator());
    json.putObject("target")
        .put("p99", capacity.target().p99Millis())
        .put("kept", capacity.target().kept());
    ArrayNode probes = json.putArray("probes");
    capacity.probes().forEach(probe -> probes.add(json(probe)));
    Probe headroom = capacity.headroom();
    if (headroom != null) {
      json.set("headroom", json(headroom));
    }
    return json;
  }

  private static ObjectNode json(Probe probe) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("rate", probe.rate())
        .put("purpose", lower(probe.purpose()))
        .put("holds", probe.holds())
        .put("why", probe.why())
        .put("p50", probe.reading().p50())
        .put("p99", probe.reading().p99())
        .put("goodput", probe.reading().goodput())
        .put("kept", probe.reading().kept())
        .put("lateness_p99", probe.reading().lateness());
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
