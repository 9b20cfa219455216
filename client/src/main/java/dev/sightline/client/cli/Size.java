package dev.sightline.client.cli;

import dev.sightline.client.Options;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The size of a map at pixel level, as {@code --size} gives it. */
sealed interface Size {
  Pattern SIDES = Pattern.compile("(\\d{1,4})x(\\d{1,4})");

  void addTo(Options.Builder options);

  /** The size of the image. */
  record Original() implements Size {
    @Override
    public void addTo(Options.Builder options) {
      options.sizeOfOriginal();
    }
  }

  /** The size of the network's input, which is the server's default. */
  record Input() implements Size {
    @Override
    public void addTo(Options.Builder options) {}
  }

  /** Columns and rows. */
  record Given(int width, int height) implements Size {
    @Override
    public void addTo(Options.Builder options) {
      options.size(width, height);
    }
  }

  /** Reads original, input or WxH. */
  final class Converter implements ITypeConverter<Size> {
    @Override
    public Size convert(String text) {
      String lower = text.toLowerCase(Locale.ROOT);
      Matcher sides = SIDES.matcher(lower);
      if (lower.equals("original")) {
        return new Original();
      }
      if (lower.equals("input")) {
        return new Input();
      }
      if (sides.matches()) {
        return new Given(Integer.parseInt(sides.group(1)), Integer.parseInt(sides.group(2)));
      }
      throw new TypeConversionException("\"" + text + "\" is not original, input or WxH");
    }
  }
}
