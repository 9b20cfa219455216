package dev.sightline.server.grpc;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** Watches every Netty buffer while a class of tests runs, and fails it if one was not released. */
final class NettyLeaks implements BeforeAllCallback, AfterAllCallback {
  private static final String LEAK = "LEAK:";
  private static final int COLLECTIONS = 3;
  private static final int ATTEMPTS = 20;
  private static final long PATIENCE_MILLIS = 1000;

  private final List<String> reports = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> listener =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          if (event.getFormattedMessage().contains(LEAK)) {
            reports.add(event.getFormattedMessage());
          }
        }
      };
  private ResourceLeakDetector.Level before = ResourceLeakDetector.Level.SIMPLE;

  /** Begins to watch. */
  void start() {
    before = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    listener.start();
    logger().addAppender(listener);
  }

  /** Ends, and gives what leaked since the start. */
  List<String> stop() {
    collect();
    logger().detachAppender(listener);
    listener.stop();
    ResourceLeakDetector.setLevel(before);
    return List.copyOf(reports);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    start();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    verify();
  }

  /** Ends, and fails if anything leaked since the start. */
  void verify() {
    List<String> leaked = stop();
    if (!leaked.isEmpty()) {
      throw new AssertionError(String.join("\n", leaked));
    }
  }

  /**
   * Leaks show when the garbage is collected and another buffer is tracked after that. What a
   * collection found is handed on by a thread of the JVM's, all of it before that of the next one.
   */
  private static void collect() {
    for (int i = 0; i < COLLECTIONS; i++) {
      ReferenceQueue<Object> queue = new ReferenceQueue<>();
      WeakReference<Object> garbage = new WeakReference<>(new Object(), queue);
      try {
        awaitCollected(queue);
      } finally {
        Reference.reachabilityFence(garbage);
      }
      ByteBuf tracked = UnpooledByteBufAllocator.DEFAULT.directBuffer(1);
      tracked.release();
    }
  }

  private static void awaitCollected(ReferenceQueue<Object> queue) {
    try {
      for (int i = 0; i < ATTEMPTS; i++) {
        System.gc();
        if (queue.remove(PATIENCE_MILLIS) != null) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new AssertionError("the garbage is not collected");
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
  }
}
