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
 *     weight: 2                    # 1, if absent; 1 to 100
 *     may-change-models: false     # false, if absent
 * }</pre>
 *
 * <p>{@code token-sha256} may be a list, so that a new token works before the old one ends. Every
 * image counts that comes, also one that a newer one replaces, on all calls of the client together.
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

  /** What that token lets in; nothing if nobody has it. */
  public Optional<Grant> withToken(String token) {
    Grant grant = new Holder(Tokens.hash(token));
    return grant.client().isPresent() ? Optional.of(grant) : Optional.empty();
  }

  /** Reads the file again if it has changed; one that is unfit changes nothing. */
  public void check() {
    files.check();
  }

  /** Who holds a token. Looked up once for each reading of the file, not for each image. */
  private final class Holder implements Grant {
    private final byte[] hash;
    private volatile Known known;

    Holder(byte[] hash) {
      this.hash = hash;
      this.known = known(tokens);
    }

    @Override
    public Optional<Client> client() {
      Tokens now = tokens;
      Known answer = known;
      if (!answer.by.equals(now)) {
        answer = known(now);
        known = answer;
      }
      return answer.client;
    }

    private Known known(Tokens by) {
      return new Known(by, by.withHash(hash));
    }
  }

  /** What a reading of the file says of a token. */
  private record Known(Tokens by, Optional<Client> client) {}
}
