package dev.sightline.client.cli;

import dev.sightline.client.Progress;
import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A line below the output that says how far an image is, written over each time; nothing where no
 * person is looking. To be cleared before other output. Used by one thread.
 */
final class StatusLine {
  private final @Nullable PrintWriter terminal;

  /** Writes to a terminal; null for none. */
  StatusLine(@Nullable PrintWriter terminal) {
    this.terminal = terminal;
  }

  void show(String image, Progress progress) {
    if (terminal != null) {
      terminal.print(
          StatusBar.CLEAR_LINE
              + String.format(
                  Locale.ROOT,
                  "%s  %d of %d frames, %d %%",
                  image,
                  progress.done(),
                  progress.total(),
                  100L * progress.done() / Math.max(1, progress.total())));
      terminal.flush();
    }
  }

  void clear() {
    if (terminal != null) {
      terminal.print(StatusBar.CLEAR_LINE);
      terminal.flush();
    }
  }
}
