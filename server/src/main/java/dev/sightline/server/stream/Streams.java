package dev.sightline.server.stream;

import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.Source;
import dev.sightline.server.batch.Telemetry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open streams of a server. Thread-safe. */
public final class Streams {
  private static final Logger log = LoggerFactory.getLogger(Streams.class);
  private static final double JITTER = 0.1;

  private final Batcher batcher;
  private final Planner planner;
  private final StreamLimits limits;
  private final Unsent unsent;
  private final RandomGenerator jitter = new SplittableRandom();

  /** The time by the batcher at which each is too old, if there is a greatest age. */
  private final Map<ExplanationStream, Long> open = new LinkedHashMap<>();

  private boolean draining;

  /** No streams yet. */
  public Streams(Batcher batcher, Planner planner, StreamLimits limits) {
    this.batcher = batcher;
    this.planner = planner;
    this.limits = limits;
    this.unsent = new Unsent(limits.unsentBytesInAll());
  }

  /** Opens a live stream: the newest frame wins. Nothing if the server has as many as it takes. */
  public Optional<ExplanationStream> live(AnswerSink sink) {
    return live(sink, planner, Origin.unknown(Origin.Kind.LIVE));
  }

  /** The same with a caller's own planner, of an origin that logs and telemetry are to name. */
  public Optional<ExplanationStream> live(AnswerSink sink, Planner own, Origin origin) {
    return open(limits.live(), batcher.live(), sink, own, origin);
  }

  /**
   * Opens an image batch, which loses nothing. Nothing if the server has as many as it takes, or no
   * place for its first image.
   */
  public Optional<ExplanationStream> batch(AnswerSink sink) {
    return batch(sink, planner, Origin.unknown(Origin.Kind.BATCH));
  }

  /** The same with a caller's own planner, of an origin that logs and telemetry are to name. */
  public Optional<ExplanationStream> batch(AnswerSink sink, Planner own, Origin origin) {
    return batcher
        .queue(limits.batchWindow())
        .flatMap(source -> open(limits.batch(), source, sink, own, origin));
  }

  /** The number of open streams. */
  public synchronized int size() {
    return open.size();
  }

  /** Bytes of explanations that wait for their clients to read. */
  public long unsentBytes() {
    return unsent.bytes();
  }

  /** Ends every stream, now or yet to come, once what it accepted is answered. */
  public void drain() {
    List<ExplanationStream> all;
    synchronized (this) {
      draining = true;
      all = new ArrayList<>(open.keySet());
    }
    all.forEach(ExplanationStream::drain);
  }

  /** Drains the streams that are too old; to be called every now and then. */
  public void expire() {
    if (limits.maxAge().isZero()) {
      return;
    }
    long now = batcher.nanoTime();
    List<ExplanationStream> old;
    synchronized (this) {
      old =
          open.entrySet().stream()
              .filter(stream -> stream.getValue() - now < 0)
              .map(Map.Entry::getKey)
              .toList();
    }
    old.forEach(ExplanationStream::drain);
  }

  private long expiry() {
    double factor = 1 + JITTER * (2 * jitter.nextDouble() - 1);
    return batcher.nanoTime() + (long) (factor * limits.maxAge().toNanos());
  }

  private Optional<ExplanationStream> open(
      Delivery delivery, Source source, AnswerSink sink, Planner own, Origin origin) {
    Telemetry.Call told = batcher.telemetry().opened(origin);
    ExplanationStream stream =
        new ExplanationStream(
            delivery,
            own,
            source.of(origin),
            unsent,
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
      late = draining;
      if (taken) {
        open.put(stream, expiry());
      }
    }
    origin.logging(() -> log.debug("A stream {}", taken ? "opened" : "was refused"));
    if (!taken) {
      source.release();
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
