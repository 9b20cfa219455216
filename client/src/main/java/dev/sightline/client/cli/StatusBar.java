package dev.sightline.client.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Lines of output with a progress bar below them. Where the output is no terminal there are the
 * lines alone. Thread-safe.
 */
final class StatusBar implements AutoCloseable {
  static final String CLEAR_LINE = "\r\u001b[K";
  private static final int BAR_LENGTH = 78;
  private static final int REDRAW_MILLIS = 100;

  private final PrintWriter out;
  private final @Nullable PrintWriter terminal;
  private final @Nullable ProgressBar bar;
  private String drawn = "";

  /**
   * Starts at zero.
   *
   * @param out takes the lines
   * @param terminal takes the bar; null for none
   */
  StatusBar(String task, int steps, PrintWriter out, @Nullable PrintWriter terminal) {
    this.out = out;
    this.terminal = terminal;
    this.bar =
        terminal == null
            ? null
            : new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(steps)
                .setStyle(style())
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .setConsumer(new DelegatingProgressBarConsumer(this::draw, BAR_LENGTH))
                .build();
  }

  /** Whether a person is looking, rather than a pipe or a file. */
  static boolean isTerminal() {
    return CommandLine.Help.Ansi.AUTO.enabled();
  }

  synchronized void line(String line) {
    erase();
    out.println(line);
    out.flush();
    draw(drawn);
  }

  void step() {
    if (bar != null) {
      bar.step();
    }
  }

  /** A word behind the bar, in place of the one before. */
  void note(String word) {
    if (bar != null) {
      bar.setExtraMessage(word);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
    synchronized (this) {
      erase();
    }
  }

  private synchronized void draw(String text) {
    if (terminal != null) {
      terminal.print(CLEAR_LINE + text);
      terminal.flush();
      drawn = text;
    }
  }

  private void erase() {
    if (terminal != null) {
      terminal.print(CLEAR_LINE);
      terminal.flush();
    }
  }

  private static ProgressBarStyle style() {
    return Charset.defaultCharset().equals(StandardCharsets.UTF_8)
        ? ProgressBarStyle.UNICODE_BLOCK
        : ProgressBarStyle.ASCII;
  }
}
