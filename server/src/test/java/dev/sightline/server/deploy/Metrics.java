package dev.sightline.server.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The metrics that the server publishes, with their labels, as Prometheus sees them. */
final class Metrics {
  private static final Map<String, Set<String>> KNOWN =
      Map.ofEntries(
          Map.entry("sightline_frames_accepted_total", Set.of("kind")),
          Map.entry("sightline_answers_total", Set.of("outcome", "kind")),
          Map.entry("sightline_frames_dropped_total", Set.of("reason")),
          Map.entry("sightline_frame_age_seconds", Set.of()),
          Map.entry("sightline_queue_seconds", Set.of()),
          Map.entry("sightline_compute_seconds", Set.of()),
          Map.entry("sightline_postprocess_seconds", Set.of()),
          Map.entry("sightline_batch_size", Set.of()),
          Map.entry("sightline_streams_open", Set.of("kind")),
          Map.entry("sightline_frames_waiting", Set.of()),
          Map.entry("sightline_breaker_state", Set.of("model")),
          Map.entry("sightline_engine_memory_bytes", Set.of()),
          Map.entry("jvm_memory_used_bytes", Set.of("area", "id")),
          Map.entry("jvm_buffer_memory_used_bytes", Set.of("id")),
          Map.entry("process_cpu_usage", Set.of()),
          Map.entry("system_cpu_count", Set.of()));

  /** Labels that Prometheus adds, and that of a histogram's bounds. */
  private static final Set<String> GIVEN = Set.of("instance", "namespace", "le");

  private static final Pattern NAME = Pattern.compile("\\b(sightline|jvm|process|system)_[a-z_]+");
  private static final Pattern LABEL =
      Pattern.compile("\\b(?:by|on) \\(([a-z, ]+)\\)|[{,]([a-z]+)=");

  private Metrics() {}

  /** Checks the metrics and labels of a query in PromQL. */
  static void requireKnown(String query) {
    Set<String> names =
        NAME.matcher(query)
            .results()
            .map(MatchResult::group)
            .map(
                name ->
                    KNOWN.containsKey(name) ? name : name.replaceAll("_(bucket|sum|count)$", ""))
            .collect(Collectors.toSet());
    assertThat(names).as(query).isNotEmpty().isSubsetOf(KNOWN.keySet());
    Set<String> known =
        Stream.concat(
                GIVEN.stream(),
                names.stream().flatMap(name -> KNOWN.getOrDefault(name, Set.of()).stream()))
            .collect(Collectors.toSet());
    assertThat(
            LABEL
                .matcher(query)
                .results()
                .map(label -> label.group(1) == null ? label.group(2) : label.group(1))
                .flatMap(labels -> Stream.of(labels.split(", *", -1))))
        .as(query)
        .isSubsetOf(known);
  }
}
