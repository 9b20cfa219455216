package dev.sightline.client.cli;

import dev.sightline.client.Explanation;
import dev.sightline.client.Options;
import dev.sightline.client.Unexplained;
import java.io.IOException;

/** What becomes of the answers. Items come in order; used by one thread. */
interface Output extends AutoCloseable {

  /** Asks for what the output needs, where the person asked for nothing else. */
  void prepare(Options.Builder options);

  /** Takes an explanation. */
  void explained(Item item, Explanation explanation) throws IOException;

  /** Takes notice of an item without explanation. */
  void unexplained(Item item, Unexplained why) throws IOException;

  @Override
  void close() throws IOException;
}
