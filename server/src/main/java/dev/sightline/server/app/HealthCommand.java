package dev.sightline.server.app;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Asks a server for its health by the standard gRPC service, as a container's health check. */
@Command(
    name = "health",
    description = "Asks a server whether it serves. The exit code is 0 if it does, else 1.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class HealthCommand implements Callable<Integer> {

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:8484",
      description = "The server. Default: ${DEFAULT-VALUE}")
  String server = "";

  @Option(
      names = "--service",
      paramLabel = "NAME",
      defaultValue = "",
      description = "A service of the server; the server as a whole, if none.")
  String service = "";

  @Option(names = "--tls", description = "Speak TLS, and trust what Java trusts.")
  boolean tls;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "Speak TLS, and trust the certificates of this PEM file.")
  @Nullable Path tlsCa;

  @Option(
      names = "--timeout-seconds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Seconds to wait for an answer. Default: ${DEFAULT-VALUE}")
  int timeoutSeconds;

  @Override
  public Integer call() throws IOException {
    if (timeoutSeconds < 1) {
      throw new ParameterException(spec.commandLine(), "--timeout-seconds must be at least 1");
    }
    PrintWriter out = spec.commandLine().getOut();
    ManagedChannel channel = Grpc.newChannelBuilder(server, credentials()).build();
    try {
      ServingStatus status =
          HealthGrpc.newBlockingStub(channel)
              .withDeadlineAfter(timeoutSeconds, TimeUnit.SECONDS)
              .check(HealthCheckRequest.newBuilder().setService(service).build())
              .getStatus();
      out.println(status);
      return status == ServingStatus.SERVING ? ExitCode.OK : ExitCode.SOFTWARE;
    } catch (StatusRuntimeException e) {
      String why = "sightline: %s gives no health: %s".formatted(server, e.getStatus().getCode());
      spec.commandLine().getErr().println(why);
      return ExitCode.SOFTWARE;
    } finally {
      channel.shutdownNow();
    }
  }

  private ChannelCredentials credentials() throws IOException {
    if (tlsCa != null) {
      return TlsChannelCredentials.newBuilder().trustManager(tlsCa.toFile()).build();
    }
    return tls ? TlsChannelCredentials.create() : InsecureChannelCredentials.create();
  }
}
