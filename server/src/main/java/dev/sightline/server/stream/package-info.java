/**
 * One object per client stream: the options in force, the order of answers, the delivery policy,
 * and the bounds towards a client that sends fast or reads slowly.
 *
 * <p>Lives here: the protocol of a stream as a state machine between two interfaces, {@link
 * dev.sightline.server.stream.AnswerSink} towards the client and {@link
 * dev.sightline.server.batch.Source} towards the batches. Knows no engine and no gRPC.
 */
@NullMarked
package dev.sightline.server.stream;

import org.jspecify.annotations.NullMarked;
