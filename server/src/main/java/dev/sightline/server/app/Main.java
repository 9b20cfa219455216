package dev.sightline.server.app;

import dev.sightline.server.engine.EngineException;
import dev.sightline.server.graph.GraphException;
import dev.sightline.server.model.ModelException;
import java.io.IOException;
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
    return configured(new CommandLine(new Main()));
  }

  /** Gives commands their handling of errors: one sentence for what a person can mend. */
  static CommandLine configured(CommandLine commands) {
    return commands
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (e, command, parsed) -> {
              if (e instanceof ModelException
                  || e instanceof GraphException
                  || e instanceof EngineException
                  || e instanceof IOException
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
