package dev.sightline.server.app;

import dev.sightline.server.model.ModelStore;
import dev.sightline.server.model.SightlineHome;
import dev.sightline.server.model.pull.Catalogue;
import dev.sightline.server.model.pull.Npm;
import dev.sightline.server.model.pull.PackageSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code sightline model}: the models of this user. */
@Command(
    name = "model",
    description = "Pulls, adds, lists, shows, measures, quantizes and extends models.",
    subcommands = {
      ModelPullCommand.class,
      ModelAddCommand.class,
      ModelExportTorchCommand.class,
      ModelListCommand.class,
      ModelShowCommand.class,
      ModelFitReceptiveFieldCommand.class,
      ModelQuantizeCommand.class,
      ModelTrainExpansionCommand.class
    })
public final class ModelCommand implements Runnable {
  private final ModelStore store;
  private final Catalogue catalogue;
  private final PackageSource packages;

  @Spec private CommandSpec spec;

  @SuppressWarnings("UnusedVariable") // picocli reads it
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Shows this help.")
  private boolean help;

  /** The command for the models of the environment's user, and the npm client of this machine. */
  public ModelCommand() {
    this(SightlineHome.of(System.getenv()).models(), Catalogue.builtIn(), new Npm());
  }

  /** The command for given models, and for packages from elsewhere. */
  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  ModelCommand(ModelStore store, Catalogue catalogue, PackageSource packages) {
    this.store = store;
    this.catalogue = catalogue;
    this.packages = packages;
  }

  ModelStore store() {
    return store;
  }

  Catalogue catalogue() {
    return catalogue;
  }

  PackageSource packages() {
    return packages;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "which of pull, add, export-torch, list, show, fit-receptive-field, quantize and train-expansion?");
  }
}
