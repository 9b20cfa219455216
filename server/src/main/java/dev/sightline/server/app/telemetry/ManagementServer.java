package dev.sightline.server.app.telemetry;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers on the management port: /metrics for Prometheus, /live for whoever restarts what hangs,
 * /ready (200 or 503) for whoever sends calls. Gives away nothing of images or clients but the
 * names that {@code --metrics-streams} lets into labels.
 */
final class ManagementServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ManagementServer.class);
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS = "application/openmetrics-text";
  private static final String JSON = "application/json";
  private static final int BACKLOG = 16;
  private static final int THREADS = 2;

  static {
    // Seconds; without a bound, two clients that say nothing would occupy both threads.
    bound("sun.net.httpserver.maxReqTime", 10);
    bound("sun.net.httpserver.maxRspTime", 30);
  }

  private final HttpServer server;
  private final ExecutorService threads;

  private ManagementServer(HttpServer server, ExecutorService threads) {
    this.server = server;
    this.threads = threads;
  }

  /**
   * Starts to answer.
   *
   * @param port 0 for any free one
   * @throws IOException if it cannot listen there
   */
  static ManagementServer start(
      String host, int port, PrometheusMeterRegistry registry, Readiness readiness)
      throws IOException {
    HttpServer server;
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new IOException("management-host is %s, which has no address".formatted(host));
    }
    try {
      server = HttpServer.create(address, BACKLOG);
    } catch (IOException e) {
      throw new IOException(
          "the management port %s:%d cannot be had; --management-port chooses another one, 0 none"
              .formatted(host, port),
          e);
    }
    ExecutorService threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "sightline-management");
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(threads);
    serve(server, "/metrics", exchange -> metrics(exchange, registry));
    serve(server, "/live", exchange -> new Reply(HttpURLConnection.HTTP_OK, JSON, json("live")));
    serve(server, "/ready", exchange -> ready(readiness.now()));
    server.start();
    return new ManagementServer(server, threads);
  }

  private static void bound(String property, int seconds) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, Integer.toString(seconds));
    }
  }

  /** The port that it listens on. */
  int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdown();
  }

  private static Reply metrics(HttpExchange exchange, PrometheusMeterRegistry registry)
      throws IOException {
    String accepted = exchange.getRequestHeaders().getFirst("Accept");
    boolean open = accepted != null && accepted.contains(OPEN_METRICS);
    String type = open ? OPEN_METRICS + "; version=1.0.0; charset=utf-8" : TEXT;
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    registry.scrape(body, type);
    return new Reply(HttpURLConnection.HTTP_OK, type, body.toByteArray());
  }

  private static Reply ready(Readiness.Snapshot now) throws IOException {
    Map<String, String> models = new TreeMap<>();
    now.models().forEach((name, state) -> models.put(name, state.label()));
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("state", now.state().label());
    body.put("models", models);
    return new Reply(
        now.ready() ? HttpURLConnection.HTTP_OK : HttpURLConnection.HTTP_UNAVAILABLE,
        JSON,
        new ObjectMapper().writeValueAsBytes(body));
  }

  private static byte[] json(String state) throws IOException {
    return new ObjectMapper().writeValueAsBytes(Map.of("state", state));
  }

  private static void serve(HttpServer server, String path, Page page) {
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            answer(exchange, path, page);
          } catch (RuntimeException e) {
            log.error("{} could not be answered", path, e);
          }
        });
  }

  private static void answer(HttpExchange exchange, String path, Page page) throws IOException {
    String method = exchange.getRequestMethod();
    boolean head = method.equals("HEAD");
    Reply reply =
        !exchange.getRequestURI().getPath().equals(path)
            ? new Reply(HttpURLConnection.HTTP_NOT_FOUND, TEXT, new byte[0])
            : !head && !method.equals("GET")
                ? new Reply(HttpURLConnection.HTTP_BAD_METHOD, TEXT, new byte[0])
                : page.reply(exchange);
    exchange.getResponseHeaders().set("Content-Type", reply.type());
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    boolean empty = head || reply.body().length == 0;
    exchange.sendResponseHeaders(reply.status(), empty ? -1 : reply.body().length);
    if (!empty) {
      exchange.getResponseBody().write(reply.body());
    }
  }

  private record Reply(int status, String type, byte[] body) {}

  private interface Page {
    Reply reply(HttpExchange exchange) throws IOException;
  }
}
