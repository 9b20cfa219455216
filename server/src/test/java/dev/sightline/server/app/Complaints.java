package dev.sightline.server.app;

import static java.util.logging.Level.SEVERE;
import static java.util.logging.Level.WARNING;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import org.slf4j.LoggerFactory;

/**
 * What is logged, by whatever library, that would trouble an operator: errors, and stacks of calls.
 */
final class Complaints implements AutoCloseable {
  private final List<String> all = new CopyOnWriteArrayList<>();
  private final java.util.logging.Logger javasRoot = LogManager.getLogManager().getLogger("");
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          boolean stack = record.getThrown() != null && isAtLeast(record, WARNING);
          if (stack || isAtLeast(record, SEVERE)) {
            all.add("%s %s".formatted(record.getMessage(), record.getThrown()));
          }
        }

        private static boolean isAtLeast(LogRecord record, java.util.logging.Level level) {
          return record.getLevel().intValue() >= level.intValue();
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          if (event.getLevel().isGreaterOrEqual(Level.ERROR) || event.getThrowableProxy() != null) {
            all.add(event.toString());
          }
        }
      };

  /** Begins to listen. */
  Complaints() {
    javasRoot.addHandler(handler);
    appender.setContext(root.getLoggerContext());
    appender.start();
    root.addAppender(appender);
  }

  /** All so far. */
  List<String> all() {
    return List.copyOf(all);
  }

  @Override
  public void close() {
    root.detachAppender(appender);
    javasRoot.removeHandler(handler);
  }
}
