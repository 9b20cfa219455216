package dev.sightline.server.app;

import dev.sightline.server.engine.EngineException;
import dev.sightline.server.graph.GraphException;
import dev.sightline.server.model.ModelException;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The server's command line. */
@Command(
    name = "sightline",
    description = "The Sightline server: explains image classifiers while they serve.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ServeCommand.class,
      HealthCommand.class,
      ModelCommand.class,
      BenchCommand.class,
      EvaluateCommand.class
    })
public final class Main implements Runnable {

  /** What --version says; the launcher knows the number. */
  private static final String VERSION =
      "Sightline " + System.getProperty("sightline.version", "(version unknown)");

  @Spec CommandSpec spec = CommandSpec.create();

  /** Runs a command and exits with its code: 0, 1 for a failure, 2 for wrong usage. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    CommandLine commands = configured(new CommandLine(new Main()));
    commands
        .getSubcommands()
        .values()
        .forEach(command -> command.getCommandSpec().version(VERSION));
    return commands;
  }

  /** Gives commands their handling of errors: one sentence for what a person can mend. */
  static CommandLine configured(CommandLine commands) {
    return commands
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((misuse, arguments) -> misused(misuse))
        .setExecutionExceptionHandler(
            (e, command, parsed) -> {
              if (e instanceof ModelException
                  || e instanceof GraphException
                  || e instanceof EngineException
                  || e instanceof IllegalArgumentException
                  || e instanceof IOException) {
                command.getErr().println("sightline: " + sentence(e));
                return ExitCode.SOFTWARE;
              }
              throw e;
            });
  }

  private static int misused(ParameterException misuse) {
    CommandLine command = misuse.getCommandLine();
    command.getErr().println("sightline: " + misuse.getMessage());
    command
        .getErr()
        .println("Try '%s --help'.".formatted(command.getCommandSpec().qualifiedName()));
    return ExitCode.USAGE;
  }

  private static String sentence(Exception failure) {
    Throwable cause = failure.getCause();
    // "Failed to bind to address": the cause knows why.
    return failure instanceof IOException && cause != null && cause.getMessage() != null
        ? failure.getMessage() + " (" + cause.getMessage() + ")"
        : String.valueOf(failure.getMessage());
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }
}
