package dev.sightline.server.app;

import dev.sightline.server.model.expansion.Measurement;
import dev.sightline.server.model.expansion.Progress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/**
 * Shows a training as a bar with its losses, or as a line a measurement where nobody is looking.
 */
final class TrainingProgress implements Progress {
  private final @Nullable ProgressBar bar;
  private final int done;
  private final PrintWriter print;
  private final BooleanSupplier stop;
  private String heldOut = "";

  /**
   * Before the first step.
   *
   * @param bar of the steps that are to come, if there is one
   * @param done how many there were before
   */
  TrainingProgress(@Nullable ProgressBar bar, int done, PrintWriter print, BooleanSupplier stop) {
    this.bar = bar;
    this.done = done;
    this.print = print;
    this.stop = stop;
  }

  @Override
  public void step(int steps, double loss) {
    if (bar != null) {
      bar.stepTo(steps - done);
      bar.setExtraMessage(String.format(Locale.ROOT, " loss %.3f%s", loss, heldOut));
    }
  }

  @Override
  public void measured(Measurement measurement, boolean best) {
    heldOut = String.format(Locale.ROOT, ", held out %.3f", measurement.heldOut());
    if (bar == null) {
      print.println(
          String.format(
              Locale.ROOT,
              "  step %d: loss %.4f, held out %.4f%s",
              measurement.step(),
              measurement.training(),
              measurement.heldOut(),
              best ? ", the best so far" : ""));
      print.flush();
    }
  }

  @Override
  public boolean stopped() {
    return stop.getAsBoolean();
  }
}
