package dev.sightline.server.app.telemetry;

import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.Telemetry;
import dev.sightline.v1.ExplanationOrBuilder;

/** Tells two, the first one first; where one of them is not interested, the other alone. */
record Both(Telemetry first, Telemetry second) implements Telemetry {

  @Override
  public Telemetry.Call opened(Origin origin) {
    Telemetry.Call one = first.opened(origin);
    Telemetry.Call two = second.opened(origin);
    return one == Telemetry.Call.NONE ? two : two == Telemetry.Call.NONE ? one : new Call(one, two);
  }

  @Override
  public void passed(String lane, int frames, int rows, long nanos, long oldestNanos) {
    first.passed(lane, frames, rows, nanos, oldestNanos);
    second.passed(lane, frames, rows, nanos, oldestNanos);
  }

  private record Call(Telemetry.Call first, Telemetry.Call second) implements Telemetry.Call {

    @Override
    public Telemetry.Frame accepted(long sequence, long arrival) {
      Telemetry.Frame one = first.accepted(sequence, arrival);
      Telemetry.Frame two = second.accepted(sequence, arrival);
      return one == Telemetry.Frame.NONE
          ? two
          : two == Telemetry.Frame.NONE ? one : new Frame(one, two);
    }

    @Override
    public void closed() {
      first.closed();
      second.closed();
    }
  }

  private record Frame(Telemetry.Frame first, Telemetry.Frame second) implements Telemetry.Frame {

    @Override
    public void passed(long start, long end, int frames) {
      first.passed(start, end, frames);
      second.passed(start, end, frames);
    }

    @Override
    public void answered(ExplanationOrBuilder answer) {
      first.answered(answer);
      second.answered(answer);
    }
  }
}
