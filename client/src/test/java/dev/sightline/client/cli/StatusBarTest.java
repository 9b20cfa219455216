package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class StatusBarTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter terminal = new StringWriter();

  @Test
  void withoutATerminalThereAreTheLinesAlone() {
    try (StatusBar progress = new StatusBar("task", 2, new PrintWriter(out), null)) {
      progress.line("one");
      progress.step();
      progress.line("two");
      progress.step();
    }
    assertThat(out).hasToString("one\ntwo\n");
  }

  @Test
  void onATerminalTheBarIsRedrawnBelowTheLinesAndRemovedAtTheEnd() {
    try (StatusBar progress =
        new StatusBar("task", 2, new PrintWriter(out), new PrintWriter(terminal))) {
      progress.line("one");
      progress.step();
      progress.step();
    }
    assertThat(out).hasToString("one\n");
    assertThat(terminal.toString()).contains("100%").endsWith("\r\u001b[K");
  }
}
