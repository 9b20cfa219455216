package dev.sightline.server.batch;

/** An image need not be explained: its picture is that of a frame which was. */
final class UnchangedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final long since;

  /** Names the frame that was explained, by its client's number. */
  UnchangedException(long since) {
    // Most frames of a still camera end so: no place for a trace of the stack.
    super("unchanged since " + Long.toUnsignedString(since), null, false, false);
    this.since = since;
  }

  /** The number of the frame that was explained. */
  long since() {
    return since;
  }
}
