package dev.sightline.client.cli;

import dev.sightline.client.Encoding;
import dev.sightline.client.Method;
import dev.sightline.client.load.Mix;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads one of several things that are mixed: its name, and its weight if it is not 1. */
final class Weighted {
  private static final Pattern FORM = Pattern.compile("([^:]+)(?::(\\d{1,3}))?");

  private Weighted() {}

  private static <T> Mix<T> read(String text, Function<String, T> thing) {
    Matcher form = FORM.matcher(text);
    int weight = !form.matches() ? 0 : form.group(2) == null ? 1 : Integer.parseInt(form.group(2));
    if (weight == 0) {
      throw new TypeConversionException(
          "\"" + text + "\" is no name with a weight from 1 to 999, such as layer-cam:3");
    }
    return new Mix<>(thing.apply(form.group(1)), weight);
  }

  static final class OfMethods implements ITypeConverter<Mix<Method>> {
    @Override
    public Mix<Method> convert(String text) {
      return read(
          text,
          name -> {
            try {
              return Method.of(name);
            } catch (IllegalArgumentException e) {
              throw new TypeConversionException(
                  "\"" + name + "\" is none of " + MethodChoice.Converter.names());
            }
          });
    }
  }

  static final class OfEncodings implements ITypeConverter<Mix<Encoding>> {
    @Override
    public Mix<Encoding> convert(String text) {
      return read(text, new Question.EncodingConverter()::convert);
    }
  }
}
