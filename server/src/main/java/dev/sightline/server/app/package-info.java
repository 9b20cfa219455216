/**
 * The server's command line and what wires the rooms together: the only place that knows all of
 * them, and that prints.
 */
@NullMarked
package dev.sightline.server.app;

import org.jspecify.annotations.NullMarked;
