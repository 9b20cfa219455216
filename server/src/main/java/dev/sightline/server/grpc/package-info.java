/**
 * The gRPC services, thin: they adapt calls to {@link dev.sightline.server.stream streams} and
 * {@link dev.sightline.server.batch batches}, and refusals to statuses.
 *
 * <p>Lives here: flow control of calls, status mapping, and the server with its health and
 * reflection services. Decides nothing about images, options or batches.
 */
@NullMarked
package dev.sightline.server.grpc;

import org.jspecify.annotations.NullMarked;
