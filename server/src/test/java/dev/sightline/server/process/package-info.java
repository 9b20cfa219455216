/**
 * What only real processes can show: servers that are told to end, killed and started again under
 * the client SDK, and what they hold after many frames.
 */
@NullMarked
package dev.sightline.server.process;

import org.jspecify.annotations.NullMarked;
