package dev.sightline.client.load;

/**
 * A second of the time that counts: what became due in it, and what was delivered in it.
 *
 * @param at its beginning, in seconds from the beginning of the time that counts
 * @param length in seconds; only the last may be shorter than 1
 * @param offered frames that became due
 * @param explained explanations
 * @param unchanged answers that name an explanation before them which holds
 * @param good both within the deadline
 * @param dropped other answers, and frames without an answer
 * @param latency of frames that were explained or unchanged
 */
public record Second(
    int at,
    double length,
    long offered,
    long explained,
    long unchanged,
    long good,
    long dropped,
    Percentiles latency) {}
