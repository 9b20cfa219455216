package dev.sightline.server.app.telemetry;

import dev.sightline.server.batch.Telemetry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All that watches one server: opened before it, so that the management port answers while models
 * warm up, and closed after it.
 */
public final class Watch implements AutoCloseable {
  private static final long FLUSH_SECONDS = 5;

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Readiness readiness = new Readiness();
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final @Nullable OpenTelemetrySdk tracing;
  private final @Nullable ManagementServer management;
  private final Telemetry telemetry;

  private Watch(ManagementSettings settings, @Nullable OpenTelemetrySdk tracing)
      throws IOException {
    this.tracing = tracing;
    if (settings.hasPort()) {
      management =
          ManagementServer.start(settings.host(), settings.listenPort(), registry, readiness);
      bindTheJvm();
    } else {
      management = null;
    }
    Telemetry metrics =
        management == null
            ? Telemetry.NONE
            : new Guarded(new Metrics(registry, settings.streams()));
    telemetry =
        tracing == null
            ? metrics
            : new Both(
                metrics,
                new Guarded(new Traces(tracing, settings.traceInterval(), Watch::epochNanos)));
  }

  /**
   * Begins to watch a server that is starting.
   *
   * @param environment OpenTelemetry's standard variables, if any; without an exporter among them
   *     nothing is traced
   * @throws IOException if the management port cannot be had
   * @throws IllegalArgumentException if there is no such exporter
   */
  public static Watch open(ManagementSettings settings, Map<String, String> environment)
      throws IOException {
    OpenTelemetrySdk tracing = Tracing.configured(environment).orElse(null);
    try {
      return new Watch(settings, tracing);
    } catch (IOException e) {
      if (tracing != null) {
        tracing.close();
      }
      throw e;
    }
  }

  /** Watches nothing. */
  public static Watch none() {
    try {
      return new Watch(new ManagementSettings("", 0, 0, Duration.ZERO), null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the server's rooms are to tell. */
  public Telemetry telemetry() {
    return telemetry;
  }

  /** What the management port says of the server and its models. */
  public Readiness readiness() {
    return readiness;
  }

  /** Measures how many images wait. */
  public void framesWaiting(IntSupplier waiting) {
    Metrics.frames(registry, waiting::getAsInt);
  }

  /** Measures a model's circuit breaker: 0 closed, 1 half open, 2 open. */
  public void breaker(String model, IntSupplier state) {
    Metrics.breaker(registry, model, state::getAsInt);
  }

  /** The management port; empty if there is none. */
  public OptionalInt port() {
    return management == null ? OptionalInt.empty() : OptionalInt.of(management.port());
  }

  /** An address as "host:port", also of a host in IPv6. */
  public static String address(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  /** Sends the last traces on their way, for five seconds at most, and closes the port. */
  @Override
  public void close() {
    if (tracing != null) {
      tracing.shutdown().join(FLUSH_SECONDS, TimeUnit.SECONDS);
    }
    if (management != null) {
      management.close();
    }
    collections.close();
    registry.close();
  }

  private void bindTheJvm() {
    EngineMemory.register(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  private static long epochNanos() {
    return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
  }
}
