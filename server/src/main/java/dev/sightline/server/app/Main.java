package dev.sightline.server.app;

import dev.sightline.server.engine.EngineException;
import dev.sightline.server.model.ModelException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The server's command line. */
@Command(
    name = "sightline",
    description = "The Sightline server: explains image classifiers while they serve.",
    mixinStandardHelpOptions = true,
    subcommands = {ServeCommand.class, ModelCommand.class, BenchCommand.class})
public final class Main implements Runnable {

  @Spec CommandSpec spec = CommandSpec.create();

  /** Runs a command and exits with its code: 0, 1 for a failure, 2 for wrong usage. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (e, command, parsed) -> {
              if (e instanceof ModelException
                  || e instanceof EngineException
                  || e instanceof IllegalArgumentException) {
                command.getErr().println("sightline: " + e.getMessage());
                return 1;
              }
              throw e;
            });
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }
}
