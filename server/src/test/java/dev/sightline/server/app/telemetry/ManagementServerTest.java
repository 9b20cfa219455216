package dev.sightline.server.app.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sightline.server.app.telemetry.Readiness.State;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ManagementServerTest {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Readiness readiness = new Readiness();
  private ManagementServer server;

  @BeforeEach
  void start() throws IOException {
    server = ManagementServer.start("127.0.0.1", 0, registry, readiness);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    return Scrape.get(server.port(), path, headers);
  }

  @Test
  void readyOnlyFromTheEndOfWarmUpUntilTheServerDrains() throws Exception {
    assertThat(get("/ready").statusCode()).isEqualTo(503);
    assertThat(get("/ready").body()).isEqualTo("{\"state\":\"starting\",\"models\":{}}");
    readiness.model("b", State.STARTING);
    readiness.model("a", State.SERVING);
    readiness.is(State.SERVING);
    assertThat(get("/ready").statusCode()).isEqualTo(200);
    assertThat(get("/ready").body())
        .isEqualTo("{\"state\":\"serving\",\"models\":{\"a\":\"serving\",\"b\":\"starting\"}}");
    readiness.is(State.DRAINING);
    assertThat(get("/ready").statusCode()).isEqualTo(503);
    readiness.is(State.SERVING);
    assertThat(get("/ready").statusCode()).isEqualTo(503);
  }

  @Test
  void liveAllTheTime() throws Exception {
    readiness.is(State.DRAINING);
    assertThat(get("/live").statusCode()).isEqualTo(200);
  }

  @Test
  void metricsComeInTheFormatThatIsAskedFor() throws Exception {
    registry.counter("sightline_frames_accepted_total").increment(3);
    assertThat(get("/metrics").body()).contains("sightline_frames_accepted_total 3.0\n");
    assertThat(get("/metrics").headers().firstValue("Content-Type"))
        .hasValue("text/plain; version=0.0.4; charset=utf-8");
    HttpResponse<String> open =
        get("/metrics", "Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    assertThat(open.body()).endsWith("# EOF\n");
    assertThat(open.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("application/openmetrics-text");
  }

  @Test
  void nothingElseIsAnswered() throws Exception {
    assertThat(get("/metrics/x").statusCode()).isEqualTo(404);
    assertThat(get("/liveliness").statusCode()).isEqualTo(404);
    assertThat(get("/").statusCode()).isEqualTo(404);
    assertThat(Scrape.call(server.port(), "/live", "POST").statusCode()).isEqualTo(405);
    assertThat(Scrape.call(server.port(), "/live", "HEAD").statusCode()).isEqualTo(200);
    assertThat(Scrape.call(server.port(), "/live", "HEAD").body()).isEmpty();
  }

  @Test
  void aHostWithoutAnAddressIsSaidInASentence() {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> ManagementServer.start("no such host", 0, registry, readiness))
        .withMessage("management-host is no such host, which has no address");
  }

  @Test
  void aPortThatIsTakenIsSaidInASentence() {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> ManagementServer.start("127.0.0.1", server.port(), registry, readiness))
        .withMessageContaining("--management-port")
        .withMessageContaining(Integer.toString(server.port()));
  }
}
