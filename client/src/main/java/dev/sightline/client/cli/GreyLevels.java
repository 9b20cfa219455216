package dev.sightline.client.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads how far two pictures may be apart, such as 3. */
final class GreyLevels implements ITypeConverter<Float> {
  private static final int MOST = 255;

  @Override
  public Float convert(String text) {
    try {
      float levels = Float.parseFloat(text);
      if (levels > 0 && levels <= MOST) {
        return levels;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message that says what is right.
    }
    throw new TypeConversionException(
        "\"" + text + "\" is no number of grey levels above 0 and at most " + MOST);
  }
}
