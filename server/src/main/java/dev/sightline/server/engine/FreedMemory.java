package dev.sightline.server.engine;

import com.sun.jna.Function;

/**
 * What was freed outside the Java heap. The C library keeps it for whoever asks next; but what
 * opening a session needs for a moment, several times the size of its network, nobody asks for
 * again while it only runs.
 */
final class FreedMemory {
  private FreedMemory() {}

  /** Gives it back to the system where the C library can: glibc's does. */
  static void giveBack() {
    try {
      Function.getFunction("c", "malloc_trim").invokeInt(new Object[] {0L});
    } catch (UnsatisfiedLinkError e) {
      // Other libraries give it back by themselves, or never.
    }
  }
}
