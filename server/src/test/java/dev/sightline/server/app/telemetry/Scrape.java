package dev.sightline.server.app.telemetry;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;

/** Asks a management port, as Prometheus and a probe do. */
public final class Scrape {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private Scrape() {}

  /** A GET of that path. */
  public static HttpResponse<String> get(int port, String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(port, path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** A call of that method without a body. */
  static HttpResponse<String> call(int port, String path, String method)
      throws IOException, InterruptedException {
    return CLIENT.send(
        HttpRequest.newBuilder(uri(port, path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** Every series of /metrics under its name and labels, which are in the order of the alphabet. */
  public static Map<String, Double> metrics(int port) throws IOException, InterruptedException {
    return parse(get(port, "/metrics").body());
  }

  static Map<String, Double> parse(String text) {
    Map<String, Double> series = new LinkedHashMap<>();
    text.lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(
            line -> {
              int end = line.lastIndexOf(' ');
              series.put(line.substring(0, end), Double.parseDouble(line.substring(end + 1)));
            });
    return series;
  }

  /** The sum of all series of that name, whatever their labels. */
  public static double sum(Map<String, Double> series, String name) {
    return series.entrySet().stream()
        .filter(one -> one.getKey().equals(name) || one.getKey().startsWith(name + "{"))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  private static URI uri(int port, String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }
}
