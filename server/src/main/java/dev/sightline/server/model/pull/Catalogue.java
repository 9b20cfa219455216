package dev.sightline.server.model.pull;

import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelYaml;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/**
 * The networks that can be pulled, by name.
 *
 * @param entries the networks
 */
public record Catalogue(Map<String, CatalogueEntry> entries) {
  private static final String RESOURCE = "catalogue.yaml";

  /** The catalogue that comes with Sightline. */
  public static Catalogue builtIn() {
    try (InputStream in = Catalogue.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is not on the class path");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new Catalogue(ModelYaml.map(text, CatalogueEntry.class, RESOURCE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The names of the networks. */
  public Set<String> names() {
    return entries.keySet();
  }

  /**
   * A network by its name.
   *
   * @throws ModelException if there is none; the message lists those that are
   */
  public CatalogueEntry entry(String name) {
    CatalogueEntry entry = entries.get(name);
    if (entry == null) {
      throw new ModelException(
          "the catalogue has no model '%s', only %s"
              .formatted(name, String.join(", ", entries.keySet())));
    }
    return entry;
  }
}
