package dev.sightline.client.load;

import dev.sightline.client.Image;
import java.time.Duration;

/**
 * One camera or caller. Whatever is sent comes out as one {@link Delivery}, on any thread and with
 * no lock held. Thread-safe.
 */
interface Lane {

  /** Sends a frame, or keeps it until the server takes it; never waits for either. */
  void send(long due, Image image);

  /** Takes no more, and waits so long for the last answers. */
  void close(Duration patience);
}
