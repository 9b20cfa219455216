package dev.sightline.server.stream;

import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.Source;
import dev.sightline.server.batch.Telemetry;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open streams of a server. Thread-safe. */
public final class Streams {
  private static final Logger log = LoggerFactory.getLogger(Streams.class);

  private final Batcher batcher;
  private final Planner planner;
  private final StreamLimits limits;
  private final Set<ExplanationStream> open = new LinkedHashSet<>();
  private boolean draining;

  /** No streams yet. */
  public Streams(Batcher batcher, Planner planner, StreamLimits limits) {
    this.batcher = batcher;
    this.planner = planner;
    this.limits = limits;
  }

  /** Opens a live stream: the newest frame wins. Nothing if the server has as many as it takes. */
  public Optional<ExplanationStream> live(AnswerSink sink) {
    return live(sink, Origin.unknown(Origin.Kind.LIVE));
  }

  /** As {@link #live(AnswerSink)}, of an origin that logs and telemetry are to name. */
  public Optional<ExplanationStream> live(AnswerSink sink, Origin origin) {
    return open(limits.live(), batcher.live(), sink, origin);
  }

  /** Opens an image batch, which loses nothing. Nothing if the server has as many as it takes. */
  public Optional<ExplanationStream> batch(AnswerSink sink) {
    return batch(sink, Origin.unknown(Origin.Kind.BATCH));
  }

  /** As {@link #batch(AnswerSink)}, of an origin that logs and telemetry are to name. */
  public Optional<ExplanationStream> batch(AnswerSink sink, Origin origin) {
    return open(limits.batch(), batcher.queue(limits.batchWindow()), sink, origin);
  }

  /** The number of open streams. */
  public synchronized int size() {
    return open.size();
  }

  /** Ends every stream, now or yet to come, once what it accepted is answered. */
  public void drain() {
    List<ExplanationStream> all;
    synchronized (this) {
      draining = true;
      all = new ArrayList<>(open);
    }
    all.forEach(ExplanationStream::drain);
  }

  private Optional<ExplanationStream> open(
      Delivery delivery, Source source, AnswerSink sink, Origin origin) {
    Telemetry.Call told = batcher.telemetry().opened(origin);
    ExplanationStream stream =
        new ExplanationStream(
            delivery,
            planner,
            source.of(origin),
            batcher::nanoTime,
            sink,
            told,
            ended -> {
              ended(ended);
              told.closed();
              origin.logging(() -> log.debug("The stream ended"));
            });
    boolean late;
    boolean taken;
    synchronized (this) {
      taken = open.size() < limits.maxStreams();
      if (taken) {
        open.add(stream);
      }
      late = draining;
    }
    origin.logging(() -> log.debug("A stream {}", taken ? "opened" : "was refused"));
    if (!taken) {
      told.closed();
      return Optional.empty();
    }
    if (late) {
      stream.drain();
    }
    return Optional.of(stream);
  }

  private synchronized void ended(ExplanationStream stream) {
    open.remove(stream);
  }
}
