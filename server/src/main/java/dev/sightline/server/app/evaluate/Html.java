package dev.sightline.server.app.evaluate;

import java.util.ArrayDeque;
import java.util.Deque;

/** A page that is written from top to bottom. Whatever is not its own is escaped. */
final class Html {
  private static final String LEAST_SEEN = "\ufffd";

  private final StringBuilder page = new StringBuilder("<!DOCTYPE html>\n");
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Begins an element, which the next {@link #end} that is left for it ends.
   *
   * @param attributes names and values in turns
   */
  Html start(String element, String... attributes) {
    alone(element, attributes);
    open.push(element);
    return this;
  }

  Html end() {
    page.append("</").append(open.pop()).append(">\n");
    return this;
  }

  /** An element that holds nothing, such as a picture. */
  Html alone(String element, String... attributes) {
    page.append('<').append(element);
    for (int i = 0; i < attributes.length; i += 2) {
      page.append(' ').append(attributes[i]).append("=\"");
      page.append(escaped(attributes[i + 1])).append('"');
    }
    page.append('>');
    return this;
  }

  /** An element that holds text alone. */
  Html add(String element, String text, String... attributes) {
    return start(element, attributes).text(text).end();
  }

  Html text(String text) {
    page.append(escaped(text));
    return this;
  }

  /** The rules of its looks, which are part of the program. */
  Html style(String css) {
    page.append("<style>\n").append(css).append("</style>\n");
    return this;
  }

  /** The whole page, if every element was ended. */
  String page() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not ended: " + open);
    }
    return page.toString();
  }

  static String escaped(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '&' -> escaped.append("&amp;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        case '\n', '\t' -> escaped.append(c);
        default -> {
          // Also what would turn the direction of the text that follows a file's name.
          boolean unseen = Character.isISOControl(c) || Character.getType(c) == Character.FORMAT;
          if (unseen) {
            escaped.append(LEAST_SEEN);
          } else {
            escaped.append(c);
          }
        }
      }
    }
    return escaped.toString();
  }
}
