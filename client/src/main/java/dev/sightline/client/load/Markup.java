package dev.sightline.client.load;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/** HTML and SVG, written from top to bottom. Texts and values are escaped. Not thread-safe. */
final class Markup {
  private final StringBuilder written = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Begins an element.
   *
   * @param attributes names and values in turns
   */
  Markup begin(String element, Object... attributes) {
    tag(element, attributes).append('>');
    open.push(element);
    return this;
  }

  Markup end() {
    written.append("</").append(open.pop()).append(">\n");
    return this;
  }

  /** An element of SVG that holds nothing. */
  Markup shape(String element, Object... attributes) {
    tag(element, attributes).append("/>\n");
    return this;
  }

  /** An element that holds text alone. */
  Markup add(String element, String text, Object... attributes) {
    return begin(element, attributes).text(text).end();
  }

  Markup text(String text) {
    written.append(escaped(text));
    return this;
  }

  /** What is markup already, and the program's own. */
  Markup raw(String markup) {
    written.append(markup);
    return this;
  }

  String written() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not ended: " + open);
    }
    return written.toString();
  }

  /** A number with no more digits than a picture or a reader can use. */
  static String number(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return "0";
    }
    String text = String.format(Locale.ROOT, Math.abs(value) < 1 ? "%.3f" : "%.1f", value);
    return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
  }

  private StringBuilder tag(String element, Object... attributes) {
    written.append('<').append(element);
    for (int i = 0; i < attributes.length; i += 2) {
      Object value = attributes[i + 1];
      written
          .append(' ')
          .append(attributes[i])
          .append("=\"")
          .append(escaped(value instanceof Double real ? number(real) : String.valueOf(value)))
          .append('"');
    }
    return written;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replaceAll("[\\p{Cntrl}\\p{Cf}&&[^\n\t]]", "\ufffd");
  }
}
