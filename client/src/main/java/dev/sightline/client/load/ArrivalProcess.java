package dev.sightline.client.load;

/** How frames of an open loop are spread over time. */
public enum ArrivalProcess {
  /** Independently of one another: exponential times between them. */
  POISSON,
  /** As cameras send: at equal times on each stream, streams out of step with each other. */
  FIXED
}
