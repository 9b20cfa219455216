package dev.sightline.server.explain;

/**
 * A map from the scores of altered inputs or activations, without a gradient.
 *
 * @param method how they are altered, and what their scores say
 */
public record FromPerturbation(PerturbationMethod method) implements Technique {}
