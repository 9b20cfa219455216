package dev.sightline.client.load;

/**
 * A second of the time that counts: what became due in it, and what was delivered in it.
 *
 * @param at its beginning, in seconds from the beginning of the time that counts
 * @param length in seconds; only the last may be shorter than 1
 * @param offered frames that became due
 * @param explained explanations
 * @param good explanations within the deadline
 * @param dropped answers without an explanation, and frames without an answer
 * @param latency of the explanations
 */
public record Second(
    int at,
    double length,
    long offered,
    long explained,
    long good,
    long dropped,
    Percentiles latency) {}
