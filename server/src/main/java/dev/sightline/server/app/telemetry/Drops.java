package dev.sightline.server.app.telemetry;

import dev.sightline.v1.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.Map;

/**
 * Counters of images that were not explained, by reason, and by stream for the first so many
 * streams that have a name: clients choose names, and each one costs a series per reason for as
 * long as the server runs. All later ones share the name "other". Thread-safe.
 */
final class Drops {
  private static final String UNNAMED = "";
  private static final String OTHER = "other";

  private final MeterRegistry registry;
  private final int streams;
  private final Map<Reason, Counter> rest;
  private final Map<String, Map<Reason, Counter>> named = new HashMap<>();

  /**
   * Registers the counters of streams without a name.
   *
   * @param streams how many may be counted under their own names; 0 gives no label to any
   */
  Drops(MeterRegistry registry, int streams) {
    this.registry = registry;
    this.streams = streams;
    this.rest = counters(streams == 0 ? Tags.empty() : Tags.of("stream", UNNAMED));
  }

  /** The counters of a stream by its client's name for it, empty if it has none. */
  synchronized Map<Reason, Counter> of(String stream) {
    if (streams == 0 || stream.isEmpty()) {
      return rest;
    }
    String label = named.containsKey(stream) || named.size() < streams ? stream : OTHER;
    return named.computeIfAbsent(label, name -> counters(Tags.of("stream", name)));
  }

  private Map<Reason, Counter> counters(Tags tags) {
    return Metrics.counters(
        Reason.class,
        reason ->
            Counter.builder(MetricNames.FRAMES_DROPPED)
                .description("Answers without an explanation, by reason.")
                .tags(tags.and("reason", Metrics.label(reason, "REASON_")))
                .register(registry));
  }
}
