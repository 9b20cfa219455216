package dev.sightline.client;

/**
 * An image that is to be sent, with all that it takes to send it again: its number in the stream,
 * and the options that it is to be explained under.
 */
record Outgoing(
    long sequence, long generation, Options options, Image image, dev.sightline.v1.Image content) {}
