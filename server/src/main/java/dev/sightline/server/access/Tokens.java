package dev.sightline.server.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;

/**
 * The clients of a server by the SHA-256 of their tokens. Immutable.
 *
 * <p>A plain hash is enough for tokens of 128 random bits and more, which nobody can guess; it
 * would not be for passwords.
 */
record Tokens(List<Entry> entries) {

  /** A token's hash, and whose it is. */
  record Entry(byte[] sha256, Client client) {
    @Override
    public String toString() {
      return client.name();
    }
  }

  Tokens {
    entries = List.copyOf(entries);
  }

  /** The client whose token has that hash. It takes as long whichever it is, and if it is none. */
  Optional<Client> withHash(byte[] sha256) {
    Client found = null;
    for (Entry entry : entries) {
      if (MessageDigest.isEqual(entry.sha256, sha256)) {
        found = entry.client;
      }
    }
    return Optional.ofNullable(found);
  }

  /** The client of that name. */
  Optional<Client> named(String name) {
    return entries.stream()
        .map(Entry::client)
        .filter(client -> client.name().equals(name))
        .findFirst();
  }

  static byte[] hash(String token) {
    return sha256().digest(token.getBytes(StandardCharsets.UTF_8));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
