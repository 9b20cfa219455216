package dev.sightline.server.app.evaluate.annotation;

import dev.sightline.server.explain.measure.Box;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.function.Consumer;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * One image's boxes as PASCAL VOC writes them. Its pixels count from 1 and its corners are both
 * inside: xmin 1 and xmax 10 are the first ten columns. A document with a DOCTYPE is left out: none
 * of VOC has one, and it could name other files.
 */
final class VocBoxes {
  private VocBoxes() {}

  static void read(Path file, Boxes into, Consumer<String> problems) {
    Element annotation;
    try {
      annotation = parse(file).getDocumentElement();
    } catch (IOException | SAXException e) {
      problems.accept("%s: no XML of boxes: %s".formatted(file, e.getMessage()));
      return;
    }
    String image = text(annotation, "filename");
    if (image.isEmpty()) {
      problems.accept("%s: it has no <filename>".formatted(file));
      return;
    }
    NodeList objects = annotation.getElementsByTagName("object");
    for (int i = 0; i < objects.getLength(); i++) {
      try {
        Element object = (Element) objects.item(i);
        NodeList bounds = object.getElementsByTagName("bndbox");
        if (bounds.getLength() == 0) {
          throw new IllegalArgumentException("it has no <bndbox>");
        }
        Element bound = (Element) bounds.item(0);
        Box box =
            new Box(
                number(bound, "xmin") - 1,
                number(bound, "ymin") - 1,
                number(bound, "xmax"),
                number(bound, "ymax"));
        into.add(image, new LabelledBox(text(object, "name"), box));
      } catch (IllegalArgumentException e) {
        problems.accept("%s: object %d: %s".formatted(file, i + 1, e.getMessage()));
      }
    }
  }

  private static Document parse(Path file) throws IOException, SAXException {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setXIncludeAware(false);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(new Strict());
      return builder.parse(new InputSource(new StringReader(TextFiles.read(file))));
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The text of the first child of that name; empty if there is none. */
  private static String text(Element of, String name) {
    NodeList children = of.getChildNodes();
    for (int i = 0; i < children.getLength(); i++) {
      if (children.item(i) instanceof Element child && child.getTagName().equals(name)) {
        return child.getTextContent().strip();
      }
    }
    return "";
  }

  private static double number(Element of, String name) {
    String text = text(of, name);
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("its %s is '%s'".formatted(name, text), e);
    }
  }

  /** The parser's own prints to the standard error. */
  private static final class Strict implements ErrorHandler {
    @Override
    public void warning(SAXParseException warning) {}

    @Override
    public void error(SAXParseException error) throws SAXException {
      throw error;
    }

    @Override
    public void fatalError(SAXParseException error) throws SAXException {
      throw error;
    }
  }
}
