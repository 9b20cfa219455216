/**
 * The program: configuration, wiring of the rooms, the commands.
 *
 * <p>May use every other room; no other room may use it. What happens to a frame is decided
 * elsewhere.
 */
@NullMarked
package dev.sightline.server.app;

import org.jspecify.annotations.NullMarked;
