package dev.sightline.server.app.telemetry;

import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.Telemetry;
import dev.sightline.v1.ExplanationOrBuilder;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what fails while it listens away from those who work: it hears no more of that call or
 * image, the log has the failure (the first, second, fourth and so on), and that is all.
 */
final class Guarded implements Telemetry {
  private static final Logger log = LoggerFactory.getLogger(Guarded.class);

  private final Telemetry listener;
  private final AtomicLong failures = new AtomicLong();

  Guarded(Telemetry listener) {
    this.listener = listener;
  }

  @Override
  public Call opened(Origin origin) {
    try {
      Call call = listener.opened(origin);
      return call == Call.NONE ? call : new GuardedCall(call);
    } catch (RuntimeException | Error e) {
      failed(e);
      return Call.NONE;
    }
  }

  @Override
  public void passed(String lane, int frames, int rows, long nanos, long oldestNanos) {
    try {
      listener.passed(lane, frames, rows, nanos, oldestNanos);
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  private void failed(Throwable e) {
    long count = failures.incrementAndGet();
    if (Long.bitCount(count) == 1) {
      log.error("Telemetry failed, {} times by now", count, e);
    }
  }

  private final class GuardedCall implements Call {
    private final Call call;

    /** Who listens to all images of a call alike is guarded once. */
    private Frame last = Frame.NONE;

    private Frame guarded = Frame.NONE;

    GuardedCall(Call call) {
      this.call = call;
    }

    @Override
    public Frame accepted(long sequence, long arrival) {
      Frame frame;
      try {
        frame = call.accepted(sequence, arrival);
      } catch (RuntimeException | Error e) {
        failed(e);
        return Frame.NONE;
      }
      if (frame != last) {
        last = frame;
        guarded = frame == Frame.NONE ? frame : new GuardedFrame(frame);
      }
      return guarded;
    }

    @Override
    public void closed() {
      try {
        call.closed();
      } catch (RuntimeException | Error e) {
        failed(e);
      }
    }
  }

  private final class GuardedFrame implements Frame {
    private final Frame frame;

    GuardedFrame(Frame frame) {
      this.frame = frame;
    }

    @Override
    public void passed(long start, long end, int frames) {
      try {
        frame.passed(start, end, frames);
      } catch (RuntimeException | Error e) {
        failed(e);
      }
    }

    @Override
    public void answered(ExplanationOrBuilder answer) {
      try {
        frame.answered(answer);
      } catch (RuntimeException | Error e) {
        failed(e);
      }
    }
  }
}
