package dev.sightline.client.cli;

import dev.sightline.client.BatchListener;
import dev.sightline.client.Progress;
import dev.sightline.client.SightlineException;
import java.io.PrintWriter;
import java.util.function.LongFunction;

/**
 * Says on a status line how far a batch is, and on a line of its own that the server is gone or
 * back. Used by one thread.
 */
final class BatchStatus implements BatchListener {
  private final StatusLine status;
  private final PrintWriter errors;
  private final LongFunction<String> titles;

  /**
   * Says it there.
   *
   * @param titles what the image of a number is called
   */
  BatchStatus(PrintWriter errors, LongFunction<String> titles) {
    this.status = new StatusLine(StatusBar.isTerminal() ? errors : null);
    this.errors = errors;
    this.titles = titles;
  }

  /** To be called before other output. */
  void clear() {
    status.clear();
  }

  @Override
  public void progress(Progress progress) {
    status.show(titles.apply(progress.sequence()), progress);
  }

  @Override
  public void interrupted(SightlineException reason) {
    line(Lines.interrupted(reason));
  }

  @Override
  public void resumed() {
    line(Lines.resumed());
  }

  private void line(String line) {
    status.clear();
    errors.println(line);
    errors.flush();
  }
}
