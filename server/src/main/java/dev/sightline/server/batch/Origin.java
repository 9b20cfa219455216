package dev.sightline.server.batch;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Where images come from: a call, as logs and telemetry know it.
 *
 * @param kind the kind of call
 * @param stream the server's own name for the call, such as "live-12"; never used twice
 * @param name the client's name for what it sends, such as a camera's; empty if it gave none
 * @param headers gives what the client sent along under a name in lower case, or null
 */
public record Origin(
    Kind kind, String stream, String name, UnaryOperator<@Nullable String> headers) {

  /** Under this key every line of the log that is about a call has its {@link #stream}. */
  public static final String STREAM = "stream";

  /** Under this key such a line has the client's {@link #name}, if there is one. */
  public static final String STREAM_NAME = "stream_name";

  /** The header that names what a client sends. */
  public static final String NAME_HEADER = "sightline-stream";

  private static final int MAX_NAME = 64;
  private static final AtomicLong calls = new AtomicLong();

  /** The kinds of calls. */
  public enum Kind {
    /** One image. */
    UNARY,
    /** Many images, none of which is lost. */
    BATCH,
    /** A live stream, in which the newest frame wins. */
    LIVE;

    /** The kind in lower case, as metrics and logs have it. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A call of which nothing is known but its kind. */
  public static Origin unknown(Kind kind) {
    return of(kind, header -> null);
  }

  /** A new call. */
  public static Origin of(Kind kind, UnaryOperator<@Nullable String> headers) {
    String name = headers.apply(NAME_HEADER);
    return new Origin(
        kind,
        kind.label() + "-" + calls.incrementAndGet(),
        name == null ? "" : printable(name),
        headers);
  }

  /** Does something, and what is logged meanwhile on this thread names the call. */
  public void logging(Runnable action) {
    String outerStream = MDC.get(STREAM);
    String outerName = MDC.get(STREAM_NAME);
    put(STREAM, stream);
    put(STREAM_NAME, name.isEmpty() ? null : name);
    try {
      action.run();
    } finally {
      put(STREAM, outerStream);
      put(STREAM_NAME, outerName);
    }
  }

  private static void put(String key, @Nullable String value) {
    if (value == null) {
      MDC.remove(key);
    } else {
      MDC.put(key, value);
    }
  }

  /** A client's word goes into logs and labels: short, and no character that means something. */
  private static String printable(String name) {
    String start = name.substring(0, Math.min(name.length(), MAX_NAME));
    return start.replaceAll("[^A-Za-z0-9._:/ -]", "_").trim();
  }
}
