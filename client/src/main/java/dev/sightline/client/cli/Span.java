package dev.sightline.client.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a length of time such as 500ms, 20s or 2m. */
final class Span implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,7}(?:\\.\\d{1,6})?)(ms|s|m)");

  @Override
  public Duration convert(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new TypeConversionException("\"" + text + "\" is no time such as 500ms, 20s or 2m");
    }
    double seconds =
        switch (form.group(2)) {
          case "ms" -> 1e-3;
          case "s" -> 1;
          default -> 60;
        };
    return Duration.ofNanos(Math.round(Double.parseDouble(form.group(1)) * seconds * 1e9));
  }
}
