/**
 * Who may call, and what for: clients of a tokens file, and files that are read again when they
 * change.
 *
 * <p>Lives here: tokens and what each client is allowed. Knows no gRPC, no models and no images;
 * {@link dev.sightline.server.grpc} asks it about each call. A token never leaves this package, not
 * into a message and not into a log.
 */
@NullMarked
package dev.sightline.server.access;

import org.jspecify.annotations.NullMarked;
