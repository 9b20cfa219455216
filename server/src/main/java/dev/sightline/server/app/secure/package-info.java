/**
 * What an operator decides about security, made into what the server runs with.
 *
 * <p>Lives here: TLS from files that are read again when they change, and the rule that a server
 * which others can reach encrypts unless it was told otherwise in so many words. Who may call is
 * decided in {@link dev.sightline.server.access}, and asked in {@link dev.sightline.server.grpc}.
 */
@NullMarked
package dev.sightline.server.app.secure;

import org.jspecify.annotations.NullMarked;
