package dev.sightline.server.app.secure;

import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What an operator decides about a server's security.
 *
 * @param tls where its certificate is; null for plaintext
 * @param tokens the file of its clients; null lets in whoever can connect
 * @param allowPlaintext whether it may listen without TLS where others can reach it
 * @param reflection whether it describes its services where others can reach it; on loopback it
 *     always does
 * @param reload whether models are replaced when their folders change; null for on loopback alone
 * @param healthPort a port of plaintext for health alone, 0 for any free one
 */
public record SecurityConfig(
    @Nullable TlsFiles tls,
    @Nullable Path tokens,
    boolean allowPlaintext,
    boolean reflection,
    @Nullable Boolean reload,
    OptionalInt healthPort) {

  /** Plaintext for whoever can connect, which is good for loopback alone. */
  public static final SecurityConfig LOOPBACK =
      new SecurityConfig(null, null, false, false, null, OptionalInt.empty());

  /** Checks the range; an {@link IllegalArgumentException} names the option. */
  public SecurityConfig {
    if (healthPort.isPresent() && (healthPort.getAsInt() < 0 || healthPort.getAsInt() > 65_535)) {
      throw new IllegalArgumentException(
          "health-port is %d, 0 to 65535 is allowed".formatted(healthPort.getAsInt()));
    }
  }
}
