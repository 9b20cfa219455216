package dev.sightline.client;

/**
 * A place in a layer's grid.
 *
 * @param row from 0 at the top
 * @param column from 0 at the left
 */
public record Cell(int row, int column) {

  dev.sightline.v1.Cell toProto() {
    return dev.sightline.v1.Cell.newBuilder().setRow(row).setColumn(column).build();
  }
}
