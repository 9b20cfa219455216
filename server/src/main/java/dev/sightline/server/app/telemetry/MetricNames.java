package dev.sightline.server.app.telemetry;

import java.util.List;

/**
 * The names of Sightline's own metrics, as a scrape shows them. A histogram's series end in {@code
 * _bucket}, {@code _count} and {@code _sum}; beside it is its maximum of the last minutes, which
 * ends in {@code _max}.
 *
 * <p>{@code kind} is unary, batch or live. Always: accepted = the sum of answers, once nothing is
 * under way; dropped = the answers whose outcome is neither explained nor unchanged.
 */
public final class MetricNames {

  /** Counter: images that came, by {@code kind}. */
  public static final String FRAMES_ACCEPTED = "sightline_frames_accepted_total";

  /**
   * Counter: answers, by {@code outcome} (explained, unchanged, superseded, stale, overloaded,
   * invalid_image, invalid_options, cancelled, draining, internal) and {@code kind}.
   */
  public static final String ANSWERS = "sightline_answers_total";

  /**
   * Counter: answers that say why there is no explanation, by {@code reason} (the contract's, in
   * lower case); with {@code --metrics-streams} also by {@code stream}, the client's name for it.
   */
  public static final String FRAMES_DROPPED = "sightline_frames_dropped_total";

  /** Histogram by {@code kind}: from an image's arrival until its explanation was ready. */
  public static final String FRAME_AGE = "sightline_frame_age_seconds";

  /**
   * Histogram: from an image's arrival until a batch took it, or until it was answered without.
   * Options that were refused are not in it.
   */
  public static final String QUEUE = "sightline_queue_seconds";

  /** Histogram: a pass through the engine, of however many frames. */
  public static final String COMPUTE = "sightline_compute_seconds";

  /** Histogram: computing, expanding and encoding the maps of an image that was explained. */
  public static final String POSTPROCESS = "sightline_postprocess_seconds";

  /** Histogram: frames in a pass. Its sum is the frames computed. */
  public static final String BATCH_SIZE = "sightline_batch_size";

  /** Gauge: calls that are open, by {@code kind}. */
  public static final String STREAMS_OPEN = "sightline_streams_open";

  /** Gauge: images that wait for a batch. */
  public static final String FRAMES_WAITING = "sightline_frames_waiting";

  /** Gauge by {@code model}: 0 closed, 1 half open, 2 open. */
  public static final String BREAKER_STATE = "sightline_breaker_state";

  /**
   * Gauge by {@code area}: {@code resident} is the process's resident memory, {@code native} what
   * is left of it without the JVM's own: the engine's weights and arenas, mostly. Only on Linux.
   */
  public static final String ENGINE_MEMORY = "sightline_engine_memory_bytes";

  /** All of them; beside these there are the JVM's, which begin with {@code jvm_}. */
  public static final List<String> ALL =
      List.of(
          FRAMES_ACCEPTED,
          ANSWERS,
          FRAMES_DROPPED,
          FRAME_AGE,
          QUEUE,
          COMPUTE,
          POSTPROCESS,
          BATCH_SIZE,
          STREAMS_OPEN,
          FRAMES_WAITING,
          BREAKER_STATE,
          ENGINE_MEMORY);

  private MetricNames() {}
}
