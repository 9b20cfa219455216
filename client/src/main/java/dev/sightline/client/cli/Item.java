package dev.sightline.client.cli;

import java.nio.file.Path;

/**
 * One image or tensor of a command's input.
 *
 * @param file where it comes from
 * @param name what its results are called, without an extension; no two files share it
 * @param index its place among the tensors of its file, from 0
 * @param count how many tensors the file holds; 1 for an image
 * @param isTensor whether it comes from a NumPy file
 */
record Item(Path file, String name, int index, int count, boolean isTensor) {

  /** What it is called in messages. */
  String title() {
    return count == 1 ? file.toString() : file + "[" + index + "]";
  }

  /** As {@link #title()}, without folders. */
  String shortTitle() {
    String name = String.valueOf(file.getFileName());
    return count == 1 ? name : name + "[" + index + "]";
  }

  /** What the files of this item alone are called, without an extension. */
  String ownName() {
    return count == 1 ? name : "%s-%04d".formatted(name, index);
  }
}
