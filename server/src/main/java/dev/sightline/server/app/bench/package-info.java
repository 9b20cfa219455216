/**
 * What {@code sightline bench} measures: passes of the engine and whole explanations, run in turns
 * so that a busy machine slows them all alike. Nothing here is part of serving.
 */
@org.jspecify.annotations.NullMarked
package dev.sightline.server.app.bench;
