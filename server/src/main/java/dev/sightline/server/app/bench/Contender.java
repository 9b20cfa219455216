package dev.sightline.server.app.bench;

/**
 * Something that is measured beside others.
 *
 * @param model whose it is
 * @param name what it does
 * @param images how many images a run takes
 * @param run does it once, on the calling thread
 */
public record Contender(String model, String name, int images, Runnable run) {}
