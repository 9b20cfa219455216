package dev.sightline.client.cli;

import dev.sightline.client.Reason;
import dev.sightline.client.SightlineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The client's command line. */
@Command(
    name = "sightline",
    description = "Explains what image classifiers see.",
    mixinStandardHelpOptions = true,
    subcommands = {ExplainCommand.class, WatchCommand.class, DemoCommand.class, LoadCommand.class})
public final class Main implements Runnable {
  /** Held here, for a logger that nobody holds forgets its level. */
  private static final Logger CHANNEL = Logger.getLogger("io.grpc.internal.ManagedChannelImpl");

  /** The exit code when an image, a file or the server failed. */
  public static final int FAILED = 1;

  /** The exit code when the command line cannot be understood. */
  public static final int MISUSED = 2;

  /** What --version says; the launcher knows the number. */
  static final String VERSION =
      "Sightline " + System.getProperty("sightline.version", "(version unknown)");

  @Spec private CommandSpec spec;

  /** Runs a command and ends the process with its exit code. */
  public static void main(String... arguments) {
    System.setProperty("java.awt.headless", "true");
    // What it warns of ends the command, which says it in a sentence.
    CHANNEL.setLevel(Level.SEVERE);
    System.exit(run(arguments));
  }

  /** Runs a command and gives its exit code: 0, {@link #FAILED} or {@link #MISUSED}. */
  public static int run(String... arguments) {
    return commandLine().execute(arguments);
  }

  /** The commands with their handling of errors: one sentence on the standard error stream. */
  public static CommandLine commandLine() {
    return configured(new CommandLine(new Main()));
  }

  /** Gives any command line the same handling of errors, so that all commands speak alike. */
  public static CommandLine configured(CommandLine commandLine) {
    commandLine
        .getSubcommands()
        .values()
        .forEach(command -> command.getCommandSpec().version(VERSION));
    return commandLine
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(
            (misuse, arguments) -> {
              String command = misuse.getCommandLine().getCommandSpec().qualifiedName();
              complain(misuse.getCommandLine(), String.valueOf(misuse.getMessage()));
              misuse.getCommandLine().getErr().println("Try '" + command + " --help'.");
              return MISUSED;
            })
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              complain(command, sentence(failure));
              return FAILED;
            });
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name a command: explain, watch, demo or load");
  }

  private static void complain(CommandLine command, String sentence) {
    command.getErr().println("sightline: " + sentence);
    command.getErr().flush();
  }

  /** What went wrong, in a sentence without a stack. */
  static String sentence(Exception failure) {
    if (failure instanceof UncheckedIOException
        && failure.getCause() instanceof IOException cause) {
      return sentence(cause);
    }
    if (failure instanceof NoSuchFileException) {
      return "there is no file " + failure.getMessage();
    }
    if (failure instanceof AccessDeniedException) {
      return "no permission for " + failure.getMessage();
    }
    if (failure instanceof SightlineException known && known.reason() == Reason.UNKNOWN) {
      return "the server failed: " + failure.getMessage();
    }
    if (failure instanceof SightlineException
        || failure instanceof IOException
        || failure instanceof CommandFailure
        || failure instanceof IllegalArgumentException) {
      return String.valueOf(failure.getMessage());
    }
    return "this is a mistake in Sightline: " + failure;
  }
}
