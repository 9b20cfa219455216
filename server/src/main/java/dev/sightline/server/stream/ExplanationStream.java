package dev.sightline.server.stream;

import dev.sightline.server.batch.Planner;
import dev.sightline.server.batch.Receiver;
import dev.sightline.server.batch.Refusal;
import dev.sightline.server.batch.Source;
import dev.sightline.server.batch.StandingOptions;
import dev.sightline.server.batch.Telemetry;
import dev.sightline.v1.Draining;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Frame;
import dev.sightline.v1.Progress;
import dev.sightline.v1.Reason;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's stream of frames, live or a batch. Each frame that it accepts has exactly one answer,
 * and answers leave in the order of the frames, each with the generation of the options that its
 * frame was sent under.
 *
 * <p>The client's messages ({@link #options}, {@link #frame}, {@link #empty}, {@link #halfClose})
 * come from one thread at a time; everything else may be called from any thread. What the stream
 * does in turn, it does one thing at a time and outside its lock, on whichever thread finds
 * something to do.
 */
public final class ExplanationStream {
  private static final Logger log = LoggerFactory.getLogger(ExplanationStream.class);

  private final Delivery delivery;
  private final Planner planner;
  private final Source source;
  private final LongSupplier nanoTime;
  private final AnswerSink sink;
  private final Telemetry.Call telemetry;
  private final Consumer<ExplanationStream> whenEnded;

  /** Touched by the thread that brings the client's messages. */
  private @Nullable StandingOptions inForce;

  private long generation;
  private @Nullable Long lastSequence;

  private final Object lock = new Object();
  // All of these are guarded by the lock.
  private final Owed owed;
  private boolean acting;
  private boolean reading;
  private boolean paused;
  private @Nullable Runnable ending;
  private boolean noticeDue;
  private boolean ended;

  /**
   * A stream that has not begun.
   *
   * @param delivery its policy
   * @param planner resolves its options
   * @param source where its frames wait: a live one if the newest wins, else a queue
   * @param unsent what waits for readers, of all streams
   * @param nanoTime the time by the batcher's clock
   * @param sink its client
   * @param telemetry hears of its frames
   * @param whenEnded told once, when nothing of it is left and before its client is
   */
  ExplanationStream(
      Delivery delivery,
      Planner planner,
      Source source,
      Unsent unsent,
      LongSupplier nanoTime,
      AnswerSink sink,
      Telemetry.Call telemetry,
      Consumer<ExplanationStream> whenEnded) {
    this.delivery = delivery;
    this.planner = planner;
    this.source = source;
    this.owed = new Owed(unsent);
    this.nanoTime = nanoTime;
    this.sink = sink;
    this.telemetry = telemetry;
    this.whenEnded = whenEnded;
  }

  /** Begins to read the client's messages. */
  public void start() {
    act();
  }

  /** Options came; they hold for the frames after them. */
  public void options(ExplainOptions options) {
    if (!received()) {
      return;
    }
    generation++;
    inForce = new StandingOptions(options, planner);
    act();
  }

  /** A frame came. */
  public void frame(Frame frame) {
    long arrival = nanoTime.getAsLong();
    if (!received()) {
      return;
    }
    long sequence = frame.getSequence();
    StandingOptions options = inForce;
    if (options == null) {
      protocolError("An image came before any options.", sequence);
    } else if (lastSequence != null && Long.compareUnsigned(sequence, lastSequence) <= 0) {
      protocolError(
          "Image %s came after image %s; their numbers must rise."
              .formatted(Long.toUnsignedString(sequence), Long.toUnsignedString(lastSequence)),
          sequence);
    } else {
      lastSequence = sequence;
      accept(frame, arrival, options);
    }
    act();
  }

  /** A message came that is neither options nor a frame. */
  public void empty() {
    refuse(
        Refusal.of(
            Reason.REASON_PROTOCOL,
            "A message held neither options nor an image, or one that this server does not know."));
  }

  /** A message came that is not taken; what came before is answered, then the call ends so. */
  public void refuse(Refusal why) {
    if (received()) {
      end(() -> sink.fail(why));
    }
  }

  /** The client sends no more; what it sent is answered first, then the call ends. */
  public void halfClose() {
    end(sink::complete);
  }

  /** The client takes answers again. */
  public void ready() {
    act();
  }

  /** The client is gone: nothing more is sent, and what waits is dropped. */
  public void cancel() {
    boolean first;
    synchronized (lock) {
      first = !ended;
      ended = true;
      owed.clear();
    }
    if (first) {
      source.cancel();
      whenEnded.accept(this);
    }
  }

  /**
   * Accepts no more frames and tells the client which was the last; what was accepted is answered,
   * then the call ends with DRAINING. Means nothing to a stream that is ending already.
   */
  public void drain() {
    synchronized (lock) {
      if (ending == null) {
        ending = () -> sink.fail(Refusal.DRAINING);
        noticeDue = true;
      }
    }
    act();
  }

  /** Frames without a delivered answer. */
  int owed() {
    synchronized (lock) {
      return owed.size();
    }
  }

  /** Explanations that wait for the client to read. */
  int explained() {
    synchronized (lock) {
      return owed.explained();
    }
  }

  private boolean received() {
    synchronized (lock) {
      reading = false;
      return ending == null && !ended;
    }
  }

  private void accept(Frame frame, long arrival, StandingOptions options) {
    Owed.Entry entry;
    synchronized (lock) {
      if (ending != null || ended) {
        return;
      }
      entry = owed.add(frame.getSequence(), generation);
    }
    Receiver receiver = receiver(entry, telemetry.accepted(frame.getSequence(), arrival));
    options.submit(source, frame.getSequence(), frame.getImage(), arrival, receiver);
  }

  private Receiver receiver(Owed.Entry entry, Telemetry.Frame told) {
    return new Receiver() {
      @Override
      public void answer(Explanation.Builder answer) {
        told.answered(answer);
        answered(entry, answer);
      }

      @Override
      public void passed(long start, long end, int frames) {
        told.passed(start, end, frames);
      }

      @Override
      public void progress(int done, int total) {
        progressed(entry, done, total);
      }
    };
  }

  private void progressed(Owed.Entry entry, int done, int total) {
    synchronized (lock) {
      if (ended) {
        return;
      }
      owed.progress(entry, done, total);
    }
    act();
  }

  private void answered(Owed.Entry entry, Explanation.Builder answer) {
    synchronized (lock) {
      if (ended) {
        return;
      }
      owed.answer(entry, answer);
    }
    act();
  }

  private void protocolError(String message, long sequence) {
    Refusal refusal =
        new Refusal(
            Reason.REASON_PROTOCOL, message, Map.of("sequence", Long.toUnsignedString(sequence)));
    end(() -> sink.fail(refusal));
  }

  /** Ends the call in that way once all that is owed has been delivered. */
  private void end(Runnable way) {
    synchronized (lock) {
      if (ending == null) {
        ending = way;
      }
    }
    act();
  }

  /** Does what there is to do, unless another thread is at it, which then does this too. */
  private void act() {
    while (true) {
      Runnable action;
      synchronized (lock) {
        action = acting ? null : nextAction();
        if (action == null) {
          return;
        }
        acting = true;
      }
      try {
        action.run();
      } catch (RuntimeException e) {
        log.debug("A client's end failed", e);
        cancel();
      } finally {
        synchronized (lock) {
          acting = false;
        }
      }
    }
  }

  private @Nullable Runnable nextAction() {
    if (ended) {
      return null;
    }
    if (noticeDue) {
      noticeDue = false;
      Draining.Builder notice = Draining.newBuilder();
      Long last = owed.last();
      if (last != null) {
        notice.setLastSequence(last);
      }
      return () -> sink.draining(notice.build());
    }
    if (owed.hasNext() && sink.ready()) {
      Explanation answer = owed.next();
      return () -> sink.send(answer);
    }
    Progress progress = sink.ready() ? owed.nextProgress() : null;
    if (progress != null) {
      return () -> sink.progress(progress);
    }
    if (ending != null && owed.size() == 0) {
      ended = true;
      Runnable way = ending;
      return () -> {
        source.release();
        whenEnded.accept(this);
        way.run();
      };
    }
    boolean behind =
        owed.explained() >= delivery.maxExplained() || owed.heavy(delivery.maxUnsentBytes());
    if (paused != behind) {
      paused = behind;
      return () -> source.pause(behind);
    }
    boolean mayRead = delivery.newestWins() || !paused;
    if (!reading && mayRead && ending == null && owed.size() < delivery.maxOwed()) {
      reading = true;
      return delivery.newestWins() ? sink::read : () -> source.whenRoom(sink::read);
    }
    return null;
  }
}
