package dev.sightline.client.cli;

import dev.sightline.client.Options;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import picocli.CommandLine.TypeConversionException;

/** What {@code --class} chooses. */
sealed interface Target {
  String TOP = "top:";

  /** An index, {@code top:N}, or else a label. */
  static Target of(String text) {
    if (text.toLowerCase(Locale.ROOT).startsWith(TOP)) {
      return new MostProbable(number(text.substring(TOP.length()), text));
    }
    return text.matches("\\d{1,9}") ? new Index(Integer.parseInt(text)) : new Label(text);
  }

  void addTo(Options.Builder options);

  /** What its maps are called in file names: one name a class. */
  List<String> names();

  /** The index of a logit. */
  record Index(int index) implements Target {
    @Override
    public void addTo(Options.Builder options) {
      options.classIndex(index);
    }

    @Override
    public List<String> names() {
      return List.of("class" + index);
    }
  }

  /** A label of the model. */
  record Label(String label) implements Target {
    @Override
    public void addTo(Options.Builder options) {
      options.classLabel(label);
    }

    @Override
    public List<String> names() {
      return List.of(label.toLowerCase(Locale.ROOT).replaceAll("[^\\p{Alnum}]+", "-"));
    }
  }

  /** The most probable classes of each image. */
  record MostProbable(int n) implements Target {
    @Override
    public void addTo(Options.Builder options) {
      options.mostProbable(n);
    }

    @Override
    public List<String> names() {
      return IntStream.rangeClosed(1, n).mapToObj(rank -> "top" + rank).toList();
    }
  }

  private static int number(String digits, String text) {
    if (!digits.matches("\\d{1,4}") || Integer.parseInt(digits) < 1) {
      throw new TypeConversionException("\"" + text + "\" names no number such as top:3");
    }
    return Integer.parseInt(digits);
  }
}
