package dev.sightline.client.load;

/** What makes the next frame due. */
public sealed interface Pace {

  /**
   * An answer does: each stream keeps that many frames unanswered.
   *
   * @param inFlight at least 1
   */
  record Closed(int inFlight) implements Pace {}

  /**
   * Time does, whatever the server makes of it.
   *
   * @param rate frames a second of all streams together, above 0
   */
  record Open(double rate, ArrivalProcess process) implements Pace {}
}
