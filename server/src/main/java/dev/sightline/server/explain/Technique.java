package dev.sightline.server.explain;

/** How a method comes to its map, and so which passes of the network it asks for. */
public sealed interface Technique permits FromEvidence, GuidedCam, FromPerturbation {}
