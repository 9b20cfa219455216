package dev.sightline.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.app.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The program, serving a model on loopback, as a process of its own. */
final class ServerProcess implements AutoCloseable {
  private static final Pattern SERVING = Pattern.compile("Serving .* on (127\\.0\\.0\\.1:\\d+)");

  private final Process process;
  private final Queue<String> output = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<String> address = new CompletableFuture<>();
  private final Thread reader = new Thread(this::read, "output of a server");
  private volatile long servingSince;

  private ServerProcess(Process process) {
    this.process = process;
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts a server; does not wait until it serves.
   *
   * @param port 0 is any
   */
  static ServerProcess start(Path model, int port, String... options) throws IOException {
    List<String> jvm = List.of("-Xmx256m", "-XX:TieredStopAtLevel=1");
    return start(jvm, Main.class, model, port, options);
  }

  /** The same by a main class that runs the program, in a JVM as it is told. */
  static ServerProcess start(
      List<String> jvm, Class<?> main, Path model, int port, String... options) throws IOException {
    ProcessBuilder java =
        new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.command().addAll(jvm);
    java.command()
        .addAll(
            List.of(
                "-XX:+UseSerialGC",
                // What a killed server leaves of its native libraries goes with the test's folder.
                "-Djava.io.tmpdir=" + model.getParent(),
                "-Dai.djl.offline=true",
                "-Dai.djl.onnx.disable_alternative=true",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName(),
                "serve",
                "--models=" + model,
                "--port=" + port,
                "--management-port=0",
                "--workers=1",
                "--max-batch=4"));
    java.command().addAll(List.of(options));
    return new ServerProcess(java.redirectErrorStream(true).start());
  }

  private void read() {
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher serving = SERVING.matcher(line);
        if (serving.matches()) {
          servingSince = System.nanoTime();
          address.complete(serving.group(1));
        }
        output.add(line);
      }
    } catch (IOException e) {
      address.completeExceptionally(new UncheckedIOException(e));
    }
    address.completeExceptionally(new AssertionError("it ended: " + output()));
  }

  /** Where it serves, as "host:port"; waits until it does. */
  String address() throws Exception {
    return address.get(60, TimeUnit.SECONDS);
  }

  /** Where it serves; waits until it does. */
  int port() throws Exception {
    return Integer.parseInt(address().substring(address().indexOf(':') + 1));
  }

  /** Whether it has come so far. */
  boolean isServing() {
    return process.isAlive() && address.isDone();
  }

  /** When it said that it serves, by {@link System#nanoTime}; waits until it does. */
  long servingSince() throws Exception {
    address();
    return servingSince;
  }

  /** Stops it where it is, as a machine that hangs; only {@link #kill} ends that. */
  void freeze() throws Exception {
    Process stop = new ProcessBuilder("kill", "-STOP", Long.toString(pid())).inheritIO().start();
    assertThat(stop.waitFor()).isZero();
  }

  long pid() {
    return process.pid();
  }

  /** What it has printed. */
  String output() {
    return String.join("\n", output);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGTERM. */
  void terminate() {
    // Not by the process itself, which would close its output at once.
    process.toHandle().destroy();
  }

  /** SIGKILL; returns when it is gone. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Its exit code, once it has ended and its output was read. */
  int awaitExit() throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends: " + output()).isTrue();
    reader.join();
    return process.exitValue();
  }

  @Override
  public void close() {
    kill();
  }
}
