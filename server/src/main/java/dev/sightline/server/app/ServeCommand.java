package dev.sightline.server.app;

import dev.sightline.heatmap.OpenCv;
import dev.sightline.server.app.secure.SecurityConfig;
import dev.sightline.server.app.telemetry.ManagementSettings;
import dev.sightline.server.app.telemetry.Watch;
import dev.sightline.server.engine.OnnxRuntime;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the server until it is told to stop. */
@Command(
    name = "serve",
    description = {
      "Runs the server. SIGTERM and Ctrl-C end it once what it accepted is answered.",
      "It then exits with 0, or with 1 if somebody was cut off."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "A YAML file of these options, such as 'port: 8484'.",
        "Each may also come from the environment, such as SIGHTLINE_PORT=8484."
      })
  @Nullable Path configFile;

  @Mixin ServerOptions options = new ServerOptions();

  @Mixin SecurityOptions security = new SecurityOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    ServeCommand whole = withDefaults(System.getenv());
    ServerConfig config = whole.options.config();
    SecurityConfig security = whole.security.config();
    ManagementSettings management = whole.options.management.settings();
    ServerLog.open(System.getenv());
    PrintWriter out = spec.commandLine().getOut();
    out.println("Loading models ...");
    out.flush();
    // Native libraries take half a second to be unpacked: meanwhile models are read on this thread.
    CompletableFuture<Void> unused =
        CompletableFuture.runAsync(OnnxRuntime::start).thenRun(OpenCv::load);
    Watch watch = Watch.open(management, System.getenv());
    RunningServer server = RunningServer.start(config, security, watch);
    EndSignals end = EndSignals.caught();
    out.printf("Serving %s on %s%n", server.modelNames(), server.address());
    watch
        .port()
        .ifPresent(
            port ->
                out.printf(
                    "Metrics and readiness on http://%s%n",
                    Watch.address(management.host(), port)));
    server.healthPort().ifPresent(port -> out.printf("Health alone on port %d%n", port));
    out.flush();
    end.await();
    server.close();
    return server.cutOff() == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  /**
   * The command as the command line, the environment and its file say together; the first of these
   * that names an option goes.
   */
  ServeCommand withDefaults(Map<String, String> environment) {
    CommandLine again = new CommandLine(new ServeCommand());
    again.setCaseInsensitiveEnumValuesAllowed(true);
    EnvironmentDefaults variables = new EnvironmentDefaults(environment);
    String named = configFile == null ? variables.value("--config") : configFile.toString();
    YamlDefaults file = named == null ? null : YamlDefaults.read(Path.of(named), known(again));
    again.setDefaultValueProvider(
        arg -> {
          String value = variables.defaultValue(arg);
          return value == null && file != null ? file.defaultValue(arg) : value;
        });
    List<String> words = spec.commandLine().getParseResult().originalArgs();
    List<String> arguments = words.subList(words.indexOf(spec.name()) + 1, words.size());
    try {
      again.parseArgs(arguments.toArray(String[]::new));
    } catch (ParameterException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    return again.getCommand();
  }

  private static List<String> known(CommandLine command) {
    return command.getCommandSpec().options().stream()
        .map(OptionSpec::longestName)
        .filter(name -> !List.of("--config", "--help", "--version").contains(name))
        .toList();
  }
}
