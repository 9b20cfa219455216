package dev.sightline.server.access;

import java.util.Optional;

/**
 * What a call was let in by. It is asked anew for each message, for what a client is allowed can
 * change, or end, while its stream is open. Thread-safe.
 */
@FunctionalInterface
public interface Grant {

  /** Whoever can connect. */
  Grant ANYBODY = () -> Optional.of(Client.ANYBODY);

  /** The client as it is known now; nothing if it is known no longer. */
  Optional<Client> client();
}
