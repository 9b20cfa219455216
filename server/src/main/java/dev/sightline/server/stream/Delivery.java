package dev.sightline.server.stream;

/**
 * How a stream deals with a client that is faster than the server, or slower.
 *
 * @param newestWins whether a frame takes the place of the one that still waits; otherwise none is
 *     lost, and the next one is read only when there is room for it
 * @param maxOwed frames that may be without a delivered answer; when they are that many, no further
 *     message is read, and the client's own flow control stops it
 * @param maxExplained explanations that may wait for a slow reader; when they are that many, the
 *     stream's newest frame stays out of batches. A batch that is under way may add its own
 * @param maxUnsentBytes the same bound in bytes
 */
record Delivery(boolean newestWins, int maxOwed, int maxExplained, long maxUnsentBytes) {}
