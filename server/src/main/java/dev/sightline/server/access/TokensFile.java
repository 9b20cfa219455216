package dev.sightline.server.access;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The clients of a server, from a YAML file that is read again when it changes: whoever is gone
 * from it is known no longer, on open streams too. Thread-safe.
 *
 * <pre>{@code
 * clients:
 *   camera-7:
 *     token-sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
 *     models: [mobilenet-v1]       # all, if absent
 *     images-per-second: 30        # not counted, if absent
 *     may-change-models: false     # false, if absent
 * }</pre>
 *
 * <p>{@code token-sha256} may be a list, so that a new token works before the old one ends.
 */
public final class TokensFile {
  private volatile Tokens tokens = new Tokens(List.of());
  private final WatchedFiles files;

  private TokensFile(Path file, LongSupplier nanoTime) {
    files =
        WatchedFiles.read(
            "The tokens file",
            List.of(file),
            contents -> tokens = TokensReader.read(file, contents.get(0), tokens, nanoTime));
  }

  /**
   * Reads a file.
   *
   * @param nanoTime the time by which images are counted, in nanoseconds from any origin
   * @throws IllegalArgumentException in a sentence that holds nothing of the file but names, if it
   *     cannot be read or is not of that form
   */
  public static TokensFile read(Path file, LongSupplier nanoTime) {
    return new TokensFile(file, nanoTime);
  }

  /** Who calls with that token; nothing if nobody has it. */
  public Optional<Caller> withToken(String token) {
    byte[] hash = Tokens.hash(token);
    Caller caller = () -> tokens.withHash(hash);
    return caller.client().isPresent() ? Optional.of(caller) : Optional.empty();
  }

  /** Reads the file again if it has changed; one that is unfit changes nothing. */
  public void check() {
    files.check();
  }
}
