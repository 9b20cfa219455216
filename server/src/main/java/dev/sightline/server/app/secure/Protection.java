package dev.sightline.server.app.secure;

import dev.sightline.server.access.TokensFile;
import dev.sightline.server.grpc.Security;
import io.grpc.InsecureServerCredentials;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server's security, and the thread that looks for changes of its files. */
public final class Protection implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Protection.class);
  private static final int LOOK_SECONDS = 5;

  private final List<Runnable> checks = new ArrayList<>();
  private final Security security;
  private final boolean reflection;
  private final boolean reload;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "sightline-files");
            thread.setDaemon(true);
            return thread;
          });

  private Protection(SecurityConfig config, boolean loopback) {
    ServerTls tls = config.tls() == null ? null : ServerTls.read(config.tls());
    if (tls != null) {
      tls.files().forEach(file -> checks.add(file::check));
    }
    Path file = config.tokens();
    TokensFile clients = file == null ? null : TokensFile.read(file, System::nanoTime);
    if (clients != null) {
      checks.add(clients::check);
    }
    security =
        new Security(
            tls == null ? InsecureServerCredentials.create() : tls.credentials(),
            tls == null ? null : tls.trust(),
            clients,
            config.healthPort());
    reflection = loopback || config.reflection();
    reload = config.reload() == null ? loopback : config.reload();
  }

  /**
   * Reads what the configuration names, and looks for changes from then on.
   *
   * @param host where the server is to listen
   * @throws IllegalArgumentException in a sentence, if a file cannot be used, or if others could
   *     reach a server that does not encrypt and nobody said that this is meant
   */
  public static Protection of(SecurityConfig config, String host) {
    boolean loopback = address(host).isLoopbackAddress();
    if (!loopback && config.tls() == null) {
      if (!config.allowPlaintext()) {
        throw new IllegalArgumentException(
            ("host is %s, which others can reach: give --tls-certificate and --tls-key, listen on"
                    + " loopback such as 127.0.0.1, or say --allow-plaintext")
                .formatted(host));
      }
      log.warn(
          "The server listens on {} without encryption, as --allow-plaintext says: images, answers"
              + " and tokens can be read on their way",
          host);
    }
    Protection protection = new Protection(config, loopback);
    protection.look();
    return protection;
  }

  /** What the server runs with. */
  public Security security() {
    return security;
  }

  /** Whether the server describes its services. */
  public boolean reflection() {
    return reflection;
  }

  /** Whether models are replaced when their folders change. */
  public boolean reload() {
    return reload;
  }

  private void look() {
    // Its checks fail into the log, so there is nothing to be learnt from it.
    ScheduledFuture<?> unused =
        timer.scheduleWithFixedDelay(this::check, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  /** Reads again what has changed; called every few seconds. */
  void check() {
    for (Runnable check : checks) {
      try {
        check.run();
      } catch (RuntimeException e) {
        // Whatever it is, the other files are still looked at, and all of them next time.
        log.error("A file could not be looked at: {}", e.toString());
      }
    }
  }

  /** Looks no more. */
  @Override
  public void close() {
    timer.shutdownNow();
  }

  private static InetAddress address(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("host is %s, which has no address".formatted(host), e);
    }
  }
}
