package dev.sightline.server.batch;

/**
 * A frame of an image in a batch.
 *
 * @param item the image
 * @param stage the stage that the frame belongs to
 * @param frame which of the stage's frames it is
 */
record Slot(Item item, Stage stage, int frame) {}
