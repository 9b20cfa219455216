package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sightline.server.batch.Origin;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

class LogFormatTest {
  private static final String NAME = "sightline.log.format.test";

  /** What the program's own configuration writes, of two lines of which one is a call's. */
  private static List<String> lines(String format, Origin origin) throws Exception {
    LoggerContext context = new LoggerContext();
    // Contexts share the adapter through which calls are named.
    context.setMDCAdapter(((LoggerContext) LoggerFactory.getILoggerFactory()).getMDCAdapter());
    if (!format.isEmpty()) {
      context.putProperty("SIGHTLINE_LOG_FORMAT", format);
    }
    PrintStream stderr = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    try (PrintStream captured = new PrintStream(written, true, StandardCharsets.UTF_8)) {
      System.setErr(captured);
      URL configuration = LogFormatTest.class.getResource("/logback.xml");
      JoranConfigurator configurator = new JoranConfigurator();
      configurator.setContext(context);
      configurator.doConfigure(configuration);
      Logger log = context.getLogger(NAME);
      log.info("plain \"words\"");
      origin.logging(
          () -> log.error("image {} failed", 7, new IllegalStateException("two\nlines")));
    } finally {
      System.setErr(stderr);
      context.stop();
    }
    return written.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static Origin camera(String name) {
    return Origin.of(Origin.Kind.LIVE, header -> header.equals(Origin.NAME_HEADER) ? name : null);
  }

  @Test
  void jsonIsOneObjectALineWithTheStreamsId() throws Exception {
    Origin origin = camera("gate 3");
    ObjectMapper json = new ObjectMapper();
    List<String> lines =
        lines("json", origin).stream().filter(line -> line.contains(NAME)).toList();
    assertThat(lines).hasSize(2);
    JsonNode plain = json.readTree(lines.get(0));
    JsonNode failed = json.readTree(lines.get(1));
    assertThat(plain.get("formattedMessage").asText()).isEqualTo("plain \"words\"");
    assertThat(plain.get("level").asText()).isEqualTo("INFO");
    assertThat(plain.get("timestamp").asLong()).isPositive();
    assertThat(plain.path("mdc").path("stream").isMissingNode()).isTrue();
    assertThat(failed.get("formattedMessage").asText()).isEqualTo("image 7 failed");
    assertThat(failed.get("mdc").get("stream").asText()).isEqualTo(origin.stream());
    assertThat(failed.get("mdc").get("stream_name").asText()).isEqualTo("gate 3");
    assertThat(failed.get("throwable").get("message").asText()).isEqualTo("two\nlines");
  }

  @Test
  void textHasTheStreamBehindTheMessage() throws Exception {
    Origin named = camera("gate 3");
    Origin unnamed = camera("");
    assertThat(lines("", named).get(0)).endsWith(" INFO  test - plain \"words\"");
    assertThat(lines("text", named).get(1))
        .endsWith("image 7 failed [" + named.stream() + " gate 3]");
    assertThat(lines("text", unnamed).get(1)).endsWith("image 7 failed [" + unnamed.stream() + "]");
  }

  @Test
  void anUnknownFormatIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ServerLog.open(Map.of("SIGHTLINE_LOG_FORMAT", "xml")))
        .withMessageContaining("SIGHTLINE_LOG_FORMAT is xml");
  }

  @Test
  void whatLibrariesLogByTheJdksMeansGoesToTheSameLog() {
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    ch.qos.logback.classic.Logger log =
        (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(NAME);
    lines.start();
    log.addAppender(lines);
    log.setAdditive(false);
    java.util.logging.Handler[] before =
        java.util.logging.Logger.getLogger("").getHandlers().clone();
    try {
      ServerLog.open(Map.of("SIGHTLINE_LOG_FORMAT", "json"));
      ServerLog.open(Map.of());
      java.util.logging.Logger.getLogger(NAME).warning("from a library");
    } finally {
      SLF4JBridgeHandler.uninstall();
      for (java.util.logging.Handler handler : before) {
        java.util.logging.Logger.getLogger("").addHandler(handler);
      }
      log.setAdditive(true);
      log.detachAppender(lines);
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("from a library");
  }
}
