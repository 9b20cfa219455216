package dev.sightline.server.app.telemetry;

import dev.sightline.server.batch.Caller;
import dev.sightline.server.batch.Telemetry;
import dev.sightline.v1.ExplanationOrBuilder;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
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
  public Call opened(Caller caller) {
    Call call = heard(() -> listener.opened(caller), Call.NONE);
    return call == Call.NONE ? call : new GuardedCall(call);
  }

  @Override
  public void passed(String lane, int frames, int rows, long nanos, long oldestNanos) {
    try {
      listener.passed(lane, frames, rows, nanos, oldestNanos);
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  private <T> T heard(Supplier<T> event, T otherwise) {
    try {
      return event.get();
    } catch (RuntimeException | Error e) {
      failed(e);
      return otherwise;
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

    GuardedCall(Call call) {
      this.call = call;
    }

    @Override
    public Frame accepted(long sequence, long arrival) {
      Frame frame = heard(() -> call.accepted(sequence, arrival), Frame.NONE);
      return frame == Frame.NONE ? frame : new GuardedFrame(frame);
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
