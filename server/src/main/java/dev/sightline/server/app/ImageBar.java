package dev.sightline.server.app;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help;

/** The bar of a command that goes through images. */
final class ImageBar {
  private static final int LENGTH = 78;
  private static final int REDRAW_MILLIS = 100;

  private ImageBar() {}

  /** A bar of that many images on standard error; none where no person is looking. */
  static @Nullable ProgressBar of(int images) {
    return of("images", images);
  }

  /** A bar of other things. */
  static @Nullable ProgressBar of(String name, int count) {
    return Help.Ansi.AUTO.enabled()
        ? new ProgressBarBuilder()
            .setTaskName(name)
            .setInitialMax(count)
            .setUpdateIntervalMillis(REDRAW_MILLIS)
            .setConsumer(new ConsoleProgressBarConsumer(System.err, LENGTH))
            .build()
        : null;
  }
}
