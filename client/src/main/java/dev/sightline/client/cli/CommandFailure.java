package dev.sightline.client.cli;

/** A command cannot go on; the message is the sentence that is printed. */
final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandFailure(String sentence) {
    super(sentence);
  }
}
