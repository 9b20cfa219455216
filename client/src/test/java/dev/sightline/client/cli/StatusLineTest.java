package dev.sightline.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class StatusLineTest {
  private final StringWriter terminal = new StringWriter();

  @Test
  void everyWordOfProgressIsWrittenOverTheOneBefore() {
    StatusLine status = new StatusLine(new PrintWriter(terminal));
    status.show("cat.jpg", new Progress(1, 1, 512, 2048));
    status.clear();
    assertThat(terminal).hasToString("\r\u001b[Kcat.jpg  512 of 2048 frames, 25 %\r\u001b[K");
  }

  @Test
  void withoutATerminalNothingIsWritten() {
    StatusLine status = new StatusLine(null);
    status.show("cat.jpg", new Progress(1, 1, 1, 2));
    status.clear();
    assertThat(terminal).hasToString("");
  }
}
