package dev.sightline.server.app.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.Telemetry;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Outcome;
import dev.sightline.v1.Problem;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Timing;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final Explanation.Builder SUPERSEDED =
      Explanation.newBuilder()
          .setOutcome(Outcome.OUTCOME_SUPERSEDED)
          .setProblem(Problem.newBuilder().setReason(Reason.REASON_SUPERSEDED))
          .setTiming(Timing.getDefaultInstance());

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private static Origin camera(String name) {
    return Origin.of(Origin.Kind.LIVE, header -> header.equals(Origin.NAME_HEADER) ? name : null);
  }

  private void dropOneEach(Metrics metrics, int streams) {
    for (int i = 0; i < streams; i++) {
      Telemetry.Call call = metrics.opened(camera("camera " + i));
      call.accepted(1, 0).answered(SUPERSEDED);
      call.closed();
    }
  }

  private Map<String, Double> drops() {
    Map<String, Double> drops = Scrape.parse(registry.scrape());
    drops.keySet().removeIf(series -> !series.startsWith(MetricNames.FRAMES_DROPPED));
    return drops;
  }

  @Test
  void tenThousandStreamsAddNoSeries() {
    Metrics metrics = new Metrics(registry, 0);
    int before = Scrape.parse(registry.scrape()).size();
    dropOneEach(metrics, 10_000);
    assertThat(Scrape.parse(registry.scrape())).hasSize(before);
    assertThat(drops())
        .containsEntry("sightline_frames_dropped_total{reason=\"superseded\"}", 10_000.0);
  }

  @Test
  void ofTenThousandNamedStreamsTheFirstFiveHaveTheirOwnSeriesAndTheOthersShareOne() {
    Metrics metrics = new Metrics(registry, 5);
    dropOneEach(metrics, 10_000);
    dropOneEach(metrics, 5);
    metrics.opened(camera("")).accepted(1, 0).answered(SUPERSEDED);

    Map<String, Double> drops = drops();

    Set<String> streams =
        drops.keySet().stream()
            .map(series -> series.replaceAll(".*stream=\"([^\"]*)\".*", "$1"))
            .collect(Collectors.toSet());
    assertThat(streams)
        .containsExactlyInAnyOrder(
            "", "other", "camera 0", "camera 1", "camera 2", "camera 3", "camera 4");
    assertThat(drops).hasSize(7 * (Reason.values().length - 2));
    assertThat(drops)
        .containsEntry(
            "sightline_frames_dropped_total{reason=\"superseded\",stream=\"camera 4\"}", 2.0)
        .containsEntry(
            "sightline_frames_dropped_total{reason=\"superseded\",stream=\"other\"}", 9_995.0)
        .containsEntry("sightline_frames_dropped_total{reason=\"superseded\",stream=\"\"}", 1.0);
  }

  @Test
  void unchangedFrameIsAnAnswerAndNoDrop() {
    Telemetry.Call call = new Metrics(registry, 0).opened(camera(""));
    Explanation.Builder unchanged =
        Explanation.newBuilder()
            .setOutcome(Outcome.OUTCOME_UNCHANGED)
            .setUnchangedSince(1)
            .setTiming(Timing.getDefaultInstance());
    call.accepted(2, 0).answered(unchanged);
    assertThat(Scrape.parse(registry.scrape()))
        .containsEntry("sightline_answers_total{kind=\"live\",outcome=\"unchanged\"}", 1.0)
        .containsEntry("sightline_answers_total{kind=\"live\",outcome=\"explained\"}", 0.0)
        .containsEntry("sightline_frame_age_seconds_count{kind=\"live\"}", 0.0);
    assertThat(drops().values()).containsOnly(0.0);
  }

  @Test
  void streamsThatAreOpenAreCounted() {
    Metrics metrics = new Metrics(registry, 0);
    Telemetry.Call first = metrics.opened(camera(""));
    metrics.opened(camera(""));
    first.closed();
    assertThat(Scrape.parse(registry.scrape()))
        .containsEntry("sightline_streams_open{kind=\"live\"}", 1.0)
        .containsEntry("sightline_streams_open{kind=\"batch\"}", 0.0);
  }

  @Test
  void aFrameIsCountedWithoutAllocating() {
    Telemetry.Call call = new Guarded(new Metrics(registry, 0)).opened(camera(""));
    Explanation.Builder explained =
        Explanation.newBuilder()
            .setOutcome(Outcome.OUTCOME_EXPLAINED)
            .setTiming(
                Timing.newBuilder()
                    .setQueue(com.google.protobuf.Duration.newBuilder().setNanos(5_000_000))
                    .setTotal(com.google.protobuf.Duration.newBuilder().setNanos(9_000_000)));
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int frames = 50_000;
    tell(call, explained, frames);
    long before = threads.getCurrentThreadAllocatedBytes();
    tell(call, explained, frames);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat((double) bytes / frames).isLessThan(1);
  }

  private static void tell(Telemetry.Call call, Explanation.Builder answer, int frames) {
    for (int i = 0; i < frames; i++) {
      call.accepted(i, i).answered(answer);
    }
  }
}
