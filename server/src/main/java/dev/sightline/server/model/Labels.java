package dev.sightline.server.model;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** What the classes of a network are called, in the order of its logits. Immutable. */
public final class Labels {
  private static final Pattern WORDNET = Pattern.compile("n\\d{8}\\s+(\\S.*)");

  private final List<String> labels;
  private final Map<String, Integer> classes = new HashMap<>();

  /**
   * Takes labels as they are: label i belongs to class i.
   *
   * @throws IllegalArgumentException if one of them is blank
   */
  public Labels(List<String> labels) {
    this.labels = List.copyOf(labels);
    for (int i = 0; i < labels.size(); i++) {
      String label = labels.get(i).strip();
      if (label.isEmpty()) {
        throw new IllegalArgumentException("label %d is blank".formatted(i));
      }
      Matcher wordNet = WORDNET.matcher(label);
      String name = wordNet.matches() ? wordNet.group(1) : label;
      classes.putIfAbsent(key(label), i);
      classes.putIfAbsent(key(name), i);
      for (String synonym : name.split(",", -1)) {
        classes.putIfAbsent(key(synonym), i);
      }
    }
  }

  /** Labels for a network that comes without: "class 0", "class 1" and so on. */
  public static Labels numbered(int classes) {
    return new Labels(IntStream.range(0, classes).mapToObj(i -> "class " + i).toList());
  }

  /**
   * Reads a file with one label a line; line i belongs to class i.
   *
   * @throws ModelException if it cannot be read or has a blank line; the message names the file
   */
  public static Labels read(Path file) {
    try {
      return new Labels(Files.readAllLines(file));
    } catch (CharacterCodingException e) {
      throw new ModelException(file + " is not a text file in UTF-8", e);
    } catch (IOException e) {
      throw new ModelException(file + " cannot be read", e);
    } catch (IllegalArgumentException e) {
      throw new ModelException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** The number of classes. */
  public int size() {
    return labels.size();
  }

  /** The label of a class, such as "n02123045 tabby". */
  public String label(int index) {
    return labels.get(index);
  }

  /** All of them, in the order of the logits. */
  public List<String> all() {
    return labels;
  }

  /**
   * The first class of the given name: its label in full, or without the WordNet id, or one of
   * several names that the label lists between commas. Case does not matter.
   */
  public OptionalInt find(String name) {
    Integer index = classes.get(key(name));
    return index == null ? OptionalInt.empty() : OptionalInt.of(index);
  }

  private static String key(String name) {
    return name.strip().toLowerCase(Locale.ROOT);
  }
}
