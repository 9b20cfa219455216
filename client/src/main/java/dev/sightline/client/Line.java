package dev.sightline.client;

import dev.sightline.v1.Explanation;
import dev.sightline.v1.ExplanationServiceGrpc.ExplanationServiceStub;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one stream, which outlives them: when a server drains a call the next one is opened
 * at once, while the old one is read to its end; when a connection breaks, as soon as a server can
 * be reached again. Everything happens under the lock of the stream.
 */
final class Line<Q, A> implements FrameCall.Owner {

  /** What the line is for; called under the stream's lock. */
  interface Stream {
    /** Runs that under the stream's lock. */
    void locked(Runnable change);

    /** Whether there is, or may be, something to send. */
    boolean hasMore();

    /** {@link #send} takes frames, or more of them. */
    void ready();

    /**
     * The answer to a frame.
     *
     * @param taken to be run when it is handed on; until then it counts as unread
     */
    void answered(Outgoing frame, Explanation answer, Runnable taken);

    void progressed(Outgoing frame, int done, int total);

    /** Frames that no server accepted. */
    void returned(List<Outgoing> frames);

    /** Frames that a server may have accepted, but will not answer. */
    void broken(List<Outgoing> frames, SightlineException why);

    void interrupted(SightlineException why);

    void resumed();

    /** The end; null if there was nothing more to send and all was answered. */
    void ended(@Nullable SightlineException why);
  }

  /** A connection that holds so long is taken for one. */
  private static final Duration SETTLED = Duration.ofMillis(250);

  /** A server that drains may refuse the next call before the channel knows that it is going. */
  private static final int TRIES_UNTOLD = 2;

  private final Link link;
  private final ExplanationServiceStub stub;
  private final Protocol<Q, A> protocol;
  private final int unreadAnswers;
  private final boolean waitsForTheFirst;
  private final Stream stream;
  private final Set<FrameCall<?, ?>> draining = new LinkedHashSet<>();
  private @Nullable FrameCall<Q, A> current;
  private @Nullable Future<?> nextTry;
  private @Nullable Future<?> giveUp;
  private @Nullable Future<?> settling;
  private @Nullable Future<?> hurry;
  private @Nullable SightlineException interruption;
  private Duration leftAlone = Duration.ZERO;
  private int interruptions;
  private int tries;
  private boolean over;

  /**
   * A line to be opened.
   *
   * @param unreadAnswers how many answers of a call may wait to be read
   * @param waitsForTheFirst whether it is patient even where no server was ever reached
   */
  Line(
      Link link,
      ExplanationServiceStub stub,
      Protocol<Q, A> protocol,
      int unreadAnswers,
      boolean waitsForTheFirst,
      Stream stream) {
    this.link = link;
    this.stub = stub;
    this.protocol = protocol;
    this.unreadAnswers = unreadAnswers;
    this.waitsForTheFirst = waitsForTheFirst;
    this.stream = stream;
  }

  /** Opens the first call; anything else is asked of the line after that. */
  void open() {
    FrameCall<Q, A> call = new FrameCall<>(protocol, this, unreadAnswers);
    current = call;
    if (interruption == null) {
      call.open(stub);
    } else {
      link.hurry();
      call.open(stub.withWaitForReady());
      hurryUntilConnected(call, tries);
    }
  }

  boolean isInterrupted() {
    return interruption != null;
  }

  /** Whether a frame may be sent now. */
  boolean isReady() {
    return current != null && current.isReady();
  }

  /** Sends a frame, if {@link #isReady}. */
  void send(Outgoing frame) {
    if (current == null) {
      throw new IllegalStateException("there is no call");
    }
    current.send(frame);
  }

  /** Does what is due by what the stream still has to send; to be called when that changed. */
  void proceed() {
    if (over) {
      return;
    }
    if (stream.hasMore()) {
      if (current != null && current.isHalfClosed()) {
        draining.add(current);
        current = null;
      }
      if (current == null && nextTry == null) {
        connect();
      }
      return;
    }
    cancel(nextTry);
    nextTry = null;
    if (current != null && interruption != null && !current.wasConnected()) {
      current.cancel("there is nothing more to send");
      current = null;
    } else if (current != null) {
      current.halfClose();
    }
    if (current == null && draining.isEmpty()) {
      end(null);
    }
  }

  /** Cancels what is under way and ends the line. */
  void fail(SightlineException why) {
    if (over) {
      return;
    }
    if (current != null) {
      current.cancel(String.valueOf(why.getMessage()));
    }
    draining.forEach(call -> call.cancel(String.valueOf(why.getMessage())));
    end(why);
  }

  private void end(@Nullable SightlineException why) {
    over = true;
    current = null;
    draining.clear();
    interruption = null;
    for (Future<?> task : Arrays.asList(nextTry, giveUp, settling, hurry)) {
      cancel(task);
    }
    stream.ended(why);
  }

  private static void cancel(@Nullable Future<?> task) {
    if (task != null) {
      task.cancel(false);
    }
  }

  private void connect() {
    int failed = tries++;
    long wait = Math.max(failed == 0 ? 0 : Backoff.millis(failed), leftAlone.toMillis());
    leftAlone = Duration.ZERO;
    if (wait == 0) {
      open();
    } else {
      nextTry =
          later(
              Duration.ofMillis(wait),
              () -> {
                nextTry = null;
                if (!over && current == null) {
                  open();
                }
              });
    }
  }

  private void hurryUntilConnected(FrameCall<?, ?> call, int attempt) {
    hurry =
        later(
            Duration.ofMillis(Backoff.millis(attempt)),
            () -> {
              if (call == current && !call.wasConnected()) {
                link.hurry();
                hurryUntilConnected(call, attempt + 1);
              }
            });
  }

  private @Nullable Future<?> later(Duration wait, Runnable task) {
    try {
      return link.timer().schedule(() -> stream.locked(task), wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      fail(new SightlineException(Reason.CANCELLED, "the client is closed", Map.of(), e));
      return null;
    }
  }

  /** A server is there, as far as this line is concerned. */
  private void reached() {
    tries = 0;
    cancel(giveUp);
    if (interruption != null) {
      interruption = null;
      stream.resumed();
    }
  }

  @Override
  public void locked(Runnable change) {
    stream.locked(change);
  }

  @Override
  public void ready(FrameCall<?, ?> call) {
    link.reached();
    if (call == current) {
      cancel(settling);
      settling =
          later(
              SETTLED,
              () -> {
                if (call == current) {
                  reached();
                }
              });
      stream.ready();
    }
  }

  @Override
  public void answered(FrameCall<?, ?> call, Outgoing frame, Explanation answer) {
    if (call == current) {
      reached();
    }
    stream.answered(frame, answer, call::request);
  }

  @Override
  public void progressed(FrameCall<?, ?> call, Outgoing frame, int done, int total) {
    if (call == current) {
      reached();
    }
    stream.progressed(frame, done, total);
  }

  @Override
  public void drained(FrameCall<?, ?> call, List<Outgoing> frames) {
    if (call == current) {
      current = null;
      draining.add(call);
    }
    stream.returned(frames);
    proceed();
  }

  @Override
  public void ended(FrameCall<?, ?> call, @Nullable Throwable failure) {
    if (over) {
      return;
    }
    List<Outgoing> frames = call.takeUnanswered();
    boolean wasCurrent = call == current;
    if (wasCurrent) {
      current = null;
    }
    draining.remove(call);
    SightlineException why =
        failure == null
            ? SightlineException.protocol(protocol.endedEarly())
            : Failures.of(failure, link.server());
    if (failure == null && frames.isEmpty() && (!wasCurrent || call.isHalfClosed())) {
      proceed();
    } else if (!wasCurrent && !(failure instanceof SightlineException)) {
      // However a drained call ends, the stream goes on without it.
      if (!frames.isEmpty()) {
        stream.broken(frames, why);
      }
      proceed();
    } else if (failure == null || !Failures.mayHeal(failure) || link.isClosed()) {
      fail(why);
    } else {
      interrupted(frames, failure, why);
    }
  }

  private void interrupted(List<Outgoing> frames, Throwable failure, SightlineException why) {
    if (Failures.isRefusal(failure)) {
      stream.returned(frames);
    } else {
      stream.broken(frames, why);
    }
    Duration patience = waitsForTheFirst || link.wasReached() ? link.patience() : Duration.ZERO;
    leftAlone = Failures.retryAfter(failure).orElse(Duration.ZERO);
    boolean moving = Failures.isRefusal(failure) && tries < TRIES_UNTOLD;
    if (over || moving || !stream.hasMore()) {
      proceed();
    } else if (patience.isZero()) {
      fail(why);
    } else {
      if (interruption == null) {
        stream.interrupted(why);
        int mine = ++interruptions;
        giveUp = later(patience, () -> giveUp(mine, patience));
      }
      interruption = why;
      proceed();
    }
  }

  private void giveUp(int which, Duration patience) {
    if (interruption != null && which == interruptions) {
      fail(
          new SightlineException(
              interruption.reason(),
              interruption.getMessage() + ", and none did for " + patience.toSeconds() + " s",
              interruption.metadata(),
              interruption));
    }
  }
}
