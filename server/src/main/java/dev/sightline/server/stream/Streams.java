package dev.sightline.server.stream;

import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.Source;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The open streams of a server. Thread-safe. */
public final class Streams {
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
    return live(sink, planner);
  }

  /** The same with a caller's own planner. */
  public Optional<ExplanationStream> live(AnswerSink sink, Planner own) {
    return open(limits.live(), batcher.live(), sink, own);
  }

  /** Opens an image batch, which loses nothing. Nothing if the server has as many as it takes. */
  public Optional<ExplanationStream> batch(AnswerSink sink) {
    return batch(sink, planner);
  }

  /** The same with a caller's own planner. */
  public Optional<ExplanationStream> batch(AnswerSink sink, Planner own) {
    return open(limits.batch(), batcher.queue(limits.batchWindow()), sink, own);
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
      Delivery delivery, Source source, AnswerSink sink, Planner own) {
    ExplanationStream stream =
        new ExplanationStream(delivery, own, source, batcher::nanoTime, sink, this::ended);
    boolean late;
    synchronized (this) {
      if (open.size() >= limits.maxStreams()) {
        return Optional.empty();
      }
      open.add(stream);
      late = draining;
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
