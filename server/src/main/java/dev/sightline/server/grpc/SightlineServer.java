package dev.sightline.server.grpc;

import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Catalogue;
import dev.sightline.server.batch.Planner;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.server.stream.Streams;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.ModelServiceGrpc;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening server: explanations, models, health, reflection. Uses a batcher whose workers others
 * start, and close after the server.
 */
public final class SightlineServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SightlineServer.class);
  private static final int EXPIRY_MILLIS = 1000;

  private final Server server;
  private final Streams streams;
  private final HealthStatusManager health;
  private final @Nullable HealthServer healthServer;
  private final ServerSettings settings;
  private final IntSupplier openCalls;
  private final UnfinishedCalls unfinished;
  private volatile int cutOff;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "sightline-expiry");
            thread.setDaemon(true);
            return thread;
          });

  private SightlineServer(
      Server server,
      Streams streams,
      HealthStatusManager health,
      @Nullable HealthServer healthServer,
      ServerSettings settings,
      IntSupplier openCalls,
      UnfinishedCalls unfinished) {
    this.openCalls = openCalls;
    this.unfinished = unfinished;
    this.server = server;
    this.streams = streams;
    this.health = health;
    this.healthServer = healthServer;
    this.settings = settings;
    Future<?> unused =
        timer.scheduleWithFixedDelay(
            streams::expire, EXPIRY_MILLIS, EXPIRY_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Starts a server for whoever can connect, as on loopback.
   *
   * @throws IOException if it cannot listen there
   */
  public static SightlineServer start(
      ServerSettings settings,
      StreamLimits limits,
      Batcher batcher,
      Planner planner,
      Catalogue catalogue)
      throws IOException {
    return start(settings, Security.OPEN, limits, batcher, planner, catalogue);
  }

  /**
   * Starts a server; when this returns it listens, and its services are SERVING.
   *
   * @throws IOException if it cannot listen there
   */
  public static SightlineServer start(
      ServerSettings settings,
      Security security,
      StreamLimits limits,
      Batcher batcher,
      Planner planner,
      Catalogue catalogue)
      throws IOException {
    NettyServerBuilder builder =
        Sockets.at(settings.host(), settings.port(), security.credentials(), settings.connections())
            .maxInboundMessageSize(settings.maxMessageBytes());
    Streams streams = new Streams(batcher, planner, limits);
    Semaphore calls = new Semaphore(limits.maxCalls());
    UnfinishedCalls unfinished = new UnfinishedCalls();
    builder.addStreamTracerFactory(unfinished);
    HealthStatusManager health = new HealthStatusManager();
    List<BindableService> guarded = new ArrayList<>();
    guarded.add(
        new ExplanationGrpcService(batcher, planner, catalogue, streams, calls, limits.liveRate()));
    guarded.add(new ModelGrpcService(catalogue));
    if (settings.reflection()) {
      guarded.add(ProtoReflectionServiceV1.newInstance());
    }
    guarded.forEach(service -> builder.addService(guarded(service, security)));
    builder.addService(UnreadableMessages.answeredIn(health.getHealthService().bindService()));
    Server server = builder.build().start();
    HealthServer healthServer;
    try {
      healthServer = healthServer(settings, security, health);
    } catch (IOException e) {
      server.shutdownNow();
      throw e;
    }
    for (String service :
        List.of(
            HealthStatusManager.SERVICE_NAME_ALL_SERVICES,
            ExplanationServiceGrpc.SERVICE_NAME,
            ModelServiceGrpc.SERVICE_NAME)) {
      health.setStatus(service, ServingStatus.SERVING);
    }
    // One more for each model: a catalogue has a model only once it is warm.
    catalogue
        .all()
        .forEach(target -> health.setStatus(healthName(target.name()), ServingStatus.SERVING));
    return new SightlineServer(
        server,
        streams,
        health,
        healthServer,
        settings,
        () -> limits.maxCalls() - calls.availablePermits(),
        unfinished);
  }

  private static ServerServiceDefinition guarded(BindableService service, Security security) {
    // The last one is the first to see a call.
    List<ServerInterceptor> guards = new ArrayList<>();
    if (security.clients() != null) {
      guards.add(new Authentication(security.clients()));
    }
    if (security.trust() != null) {
      guards.add(new CertificateCheck(security.trust()));
    }
    return ServerInterceptors.intercept(
        UnreadableMessages.answeredIn(Origins.known(service)), guards);
  }

  private static @Nullable HealthServer healthServer(
      ServerSettings settings, Security security, HealthStatusManager health) throws IOException {
    return security.healthPort().isPresent()
        ? HealthServer.start(
            settings.host(),
            security.healthPort().getAsInt(),
            settings.connections(),
            health.getHealthService())
        : null;
  }

  /** The service name under which a model's health is asked for. */
  static String healthName(String model) {
    return ExplanationServiceGrpc.SERVICE_NAME + "/" + model;
  }

  /** The port that it listens on. */
  public int port() {
    return server.getPort();
  }

  /** The port on which it answers health alone, if there is one. */
  public OptionalInt healthPort() {
    return healthServer == null ? OptionalInt.empty() : OptionalInt.of(healthServer.port());
  }

  /** Where clients find it, as "host:port". */
  public String address() {
    String host = settings.host();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port();
  }

  /** The number of open streams and batches. */
  int openStreams() {
    return streams.size();
  }

  /** The number of open calls for one image. */
  int openCalls() {
    return openCalls.getAsInt();
  }

  /** Bytes of explanations that wait for their clients to read. */
  long unsentBytes() {
    return streams.unsentBytes();
  }

  /** The number of calls for explanations that {@link #close()} cut off. */
  public int cutOff() {
    return cutOff;
  }

  /**
   * Closes the server: it reports NOT_SERVING, takes no new calls, answers what it accepted, ends
   * each open stream with DRAINING, and after the time of grace cuts off who has not read it all.
   */
  @Override
  public void close() {
    health.enterTerminalState();
    timer.shutdown();
    server.shutdown();
    streams.drain();
    try {
      if (!server.awaitTermination(settings.grace().toNanos(), TimeUnit.NANOSECONDS)) {
        cutOff = unfinished.count();
        if (cutOff > 0) {
          log.warn(
              "The grace of {} s is over, and calls were cut off before all was read: {}",
              settings.grace().toSeconds(),
              cutOff);
        }
        server.shutdownNow();
        server.awaitTermination(1, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    } finally {
      // Last, so that probes hear NOT_SERVING while streams drain.
      if (healthServer != null) {
        healthServer.close();
      }
    }
  }
}
