/**
 * How a program gets a Sightline server of its own without depending on one.
 *
 * <p>Lives here: the service interface {@link dev.sightline.embedded.EmbeddedServer}, which the
 * server implements and the client's command line looks up. No implementation lives here, and no
 * configuration beyond what a caller can know.
 */
@NullMarked
package dev.sightline.embedded;

import org.jspecify.annotations.NullMarked;
