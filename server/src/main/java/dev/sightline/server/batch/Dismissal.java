package dev.sightline.server.batch;

/** An item that leaves the waiting room without a batch; it is answered outside the lock. */
record Dismissal(Item item, Refusal refusal) {}
