package dev.sightline.client.cli;

import dev.sightline.client.Image;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The images of the files and folders of a command line, one after the other. Only names are held:
 * images are read when they are sent, tensors one at a time. A folder stands for the images and
 * NumPy files directly in it, by name. Used by one thread.
 */
final class Inputs implements Iterator<Image>, AutoCloseable {
  private final Deque<Path> files = new ArrayDeque<>();
  private final Consumer<String> complaints;
  private final Set<String> names = new HashSet<>();
  private final Deque<Item> sent = new ArrayDeque<>();
  private @Nullable NpyTensors tensors;
  private @Nullable Item next;
  private long answered;

  /**
   * Lists the folders.
   *
   * @param complaints takes a sentence about each file that cannot be used at all
   */
  Inputs(List<Path> filesAndFolders, Consumer<String> complaints) throws IOException {
    this.complaints = complaints;
    for (Path path : filesAndFolders) {
      if (Files.isDirectory(path)) {
        List<Path> found = usable(path);
        if (found.isEmpty()) {
          complaints.accept(path + " holds no images");
        }
        files.addAll(found);
      } else {
        files.add(path);
      }
    }
  }

  /** The images and NumPy files directly in a folder, by name. */
  static List<Path> usable(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return new ArrayList<>(
          entries
              .filter(file -> isImage(file) || isNpy(file))
              .filter(Files::isRegularFile)
              .sorted()
              .toList());
    }
  }

  /** Whether the name is that of an image file that servers read. */
  static boolean isImage(Path file) {
    return lower(file).matches(".+\\.(jpe?g|jfif|png|webp|bmp)") && !lower(file).startsWith(".");
  }

  @Override
  public boolean hasNext() {
    while (next == null && !files.isEmpty()) {
      open(files.remove());
    }
    return next != null;
  }

  @Override
  public Image next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException();
    }
    Item item = next;
    sent.add(item);
    if (tensors == null) {
      next = null;
      return Image.of(item.file());
    }
    try {
      Image image = tensors.read(item.index());
      boolean more = item.index() + 1 < item.count();
      next = more ? new Item(item.file(), item.name(), item.index() + 1, item.count(), true) : null;
      if (!more) {
        closeTensors();
      }
      return image;
    } catch (IOException e) {
      throw new UncheckedIOException(new IOException(item.title() + ": " + e.getMessage(), e));
    }
  }

  /** The item whose answer is due: answers come in the order of the images. */
  Item answered() {
    answered++;
    return sent.remove();
  }

  /** What an image that has no answer yet is called in messages, by its place among all, from 1. */
  String title(long sequence) {
    return sent.stream()
        .skip(sequence - 1 - answered)
        .findFirst()
        .map(Item::title)
        .orElse("image " + sequence);
  }

  @Override
  public void close() throws IOException {
    closeTensors();
  }

  private void open(Path file) {
    if (!isNpy(file)) {
      next = new Item(file, name(file), 0, 1, false);
      return;
    }
    try {
      tensors = NpyTensors.open(file);
      next = new Item(file, name(file), 0, tensors.count(), true);
    } catch (IOException e) {
      complaints.accept(Main.sentence(e));
    }
  }

  private void closeTensors() throws IOException {
    if (tensors != null) {
      tensors.close();
      tensors = null;
    }
  }

  private String name(Path file) {
    String full = String.valueOf(file.getFileName());
    String stem = full.contains(".") ? full.substring(0, full.lastIndexOf('.')) : full;
    String name = stem;
    for (int i = 2; !names.add(name); i++) {
      name = stem + "-" + i;
    }
    return name;
  }

  private static boolean isNpy(Path file) {
    return lower(file).endsWith(".npy");
  }

  private static String lower(Path file) {
    return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
  }
}
