package dev.sightline.client.cli;

import dev.sightline.heatmap.MalformedPhotoException;
import dev.sightline.heatmap.PhotoHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The frames of a film as files of a folder, in the order of their numbers. */
final class NumberedFrames implements Clip {
  private static final Pattern NAME = Pattern.compile("(.*?)(\\d{1,9})(\\.\\w+)");

  private final List<Path> files;

  private NumberedFrames(List<Path> files) {
    this.files = files;
  }

  /**
   * The files as a film, if they look like one: at least three, names that differ in one number
   * alone, and the first, the middle and the last of one size.
   */
  static Optional<NumberedFrames> of(List<Path> files) throws IOException {
    if (files.size() < 3 || files.stream().map(NumberedFrames::family).distinct().count() != 1) {
      return Optional.empty();
    }
    if (family(files.get(0)).isEmpty()) {
      return Optional.empty();
    }
    List<Path> ordered =
        files.stream().sorted(Comparator.comparingInt(NumberedFrames::number)).toList();
    String size = size(ordered.get(0));
    boolean alike =
        size.equals(size(ordered.get(ordered.size() / 2)))
            && size.equals(size(ordered.get(ordered.size() - 1)));
    return alike ? Optional.of(new NumberedFrames(ordered)) : Optional.empty();
  }

  /** The first frames alone. */
  NumberedFrames first(int frames) {
    return new NumberedFrames(files.subList(0, Math.min(frames, files.size())));
  }

  @Override
  public int frames() {
    return files.size();
  }

  @Override
  public byte[] frame(int index) throws IOException {
    return Files.readAllBytes(files.get(index));
  }

  private static String family(Path file) {
    Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
    return name.matches() ? name.group(1) + "#" + name.group(3) : "";
  }

  private static int number(Path file) {
    Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
    return name.matches() ? Integer.parseInt(name.group(2)) : 0;
  }

  private static String size(Path file) throws IOException {
    try {
      PhotoHeader header = PhotoHeader.read(ByteBuffer.wrap(Files.readAllBytes(file)));
      return header.width() + " x " + header.height();
    } catch (MalformedPhotoException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }
}
