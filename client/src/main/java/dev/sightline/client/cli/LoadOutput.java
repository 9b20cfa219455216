package dev.sightline.client.cli;

import dev.sightline.client.load.Capacity;
import dev.sightline.client.load.JsonReport;
import dev.sightline.client.load.Page;
import dev.sightline.client.load.Result;
import dev.sightline.client.load.Setting;
import dev.sightline.client.load.TextReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the reports of a load go. */
final class LoadOutput {
  private final Path folder;
  private final LoadCommand.Format format;
  private final PrintWriter console;
  private final PrintWriter errors;

  LoadOutput(Path folder, LoadCommand.Format format, PrintWriter console, PrintWriter errors) {
    this.folder = folder;
    this.format = format;
    this.console = console;
    this.errors = errors;
  }

  /** What a person reads; beside the JSON on the standard output it goes to the errors'. */
  TextReport text() {
    PrintWriter where = text(format);
    return new TextReport(
        line -> {
          where.println(line);
          where.flush();
        });
  }

  /** A bar below the text. */
  StatusBar bar(String task, int steps) {
    return new StatusBar(task, steps, text(format), StatusBar.isTerminal() ? errors : null);
  }

  /** Writes and prints the reports. */
  void write(Setting setting, @Nullable Result result, @Nullable Capacity capacity)
      throws IOException {
    Files.createDirectories(folder);
    String json = JsonReport.write(setting, result, capacity);
    Path data = Files.writeString(folder.resolve("load.json"), json + "\n");
    Path page =
        Files.writeString(folder.resolve("load.html"), Page.write(setting, result, capacity));
    if (format == LoadCommand.Format.JSON) {
      console.println(json);
    } else {
      console.println();
      console.println("data       " + data);
      console.println("page       " + page);
    }
    console.flush();
  }

  private PrintWriter text(LoadCommand.Format printed) {
    return printed == LoadCommand.Format.TEXT ? console : errors;
  }
}
