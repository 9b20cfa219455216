/**
 * The client's command line: {@code explain}, {@code watch}, {@code demo} and {@code load}.
 *
 * <p>Lives here: reading files and folders, writing overlays, JSON and NumPy files, the
 * demonstration's clip and contact sheet, and what is printed. How a load is put on a server and
 * measured is decided in {@code dev.sightline.client.load}. Everything that is asked of a server is
 * asked through the SDK in {@code dev.sightline.client}, over a real socket; where no server is
 * named, one is started through {@code dev.sightline.embedded}.
 */
@NullMarked
package dev.sightline.client.cli;

import org.jspecify.annotations.NullMarked;
