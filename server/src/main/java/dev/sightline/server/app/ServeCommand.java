package dev.sightline.server.app;

import dev.sightline.server.app.telemetry.ManagementSettings;
import dev.sightline.server.app.telemetry.Watch;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the server until it is told to stop. */
@Command(
    name = "serve",
    description = "Runs the server. SIGTERM and Ctrl-C end it once what it accepted is answered.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A YAML file of these options, such as 'port: 8484'.")
  @Nullable Path configFile;

  @Mixin ServerOptions options = new ServerOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    ServerOptions together = withFile().options;
    ServerConfig config = together.config();
    ManagementSettings management = together.management.settings();
    requireLoopback(config.host());
    ServerLog.open(System.getenv());
    List<Path> folders = ModelPaths.resolve(config.models());
    PrintWriter out = spec.commandLine().getOut();
    out.println("Loading models ...");
    out.flush();
    Watch watch = Watch.open(management, System.getenv());
    RunningServer server = RunningServer.start(config, folders, watch);
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "shutdown"));
    out.printf("Serving %s on %s%n", server.modelNames(), server.address());
    watch
        .port()
        .ifPresent(
            port ->
                out.printf(
                    "Metrics and readiness on http://%s%n",
                    Watch.address(management.host(), port)));
    out.flush();
    server.awaitTermination();
    return 0;
  }

  /** The command as its file and the command line, which goes first, say together. */
  ServeCommand withFile() {
    if (configFile == null) {
      return this;
    }
    CommandLine again = new CommandLine(new ServeCommand());
    again.setCaseInsensitiveEnumValuesAllowed(true);
    List<String> known =
        again.getCommandSpec().options().stream()
            .map(OptionSpec::longestName)
            .filter(name -> !List.of("--config", "--help", "--version").contains(name))
            .toList();
    again.setDefaultValueProvider(YamlDefaults.read(configFile, known));
    List<String> words = spec.commandLine().getParseResult().originalArgs();
    List<String> arguments = words.subList(words.indexOf(spec.name()) + 1, words.size());
    try {
      again.parseArgs(arguments.toArray(String[]::new));
    } catch (ParameterException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    return again.getCommand();
  }

  /**
   * Without encryption and authentication, nobody but this machine's users may reach the server.
   */
  private static void requireLoopback(String host) {
    InetAddress address;
    try {
      address = InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("host is %s, which has no address".formatted(host), e);
    }
    if (!address.isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "host is %s, but this version serves without encryption and so on loopback alone, such as"
                  .formatted(host)
              + " 127.0.0.1 or ::1");
    }
  }
}
