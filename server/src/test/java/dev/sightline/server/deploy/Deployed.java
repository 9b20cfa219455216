package dev.sightline.server.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sightline.server.app.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import picocli.CommandLine;

/** What the files of docker and k8s may name: this repository, and the program's options. */
final class Deployed {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final JsonMapper JSON = new JsonMapper();

  private Deployed() {}

  /** The documents of a YAML (or JSON) file, with aliases resolved; no key may be there twice. */
  static List<JsonNode> yaml(Path file) {
    try {
      return yaml(Files.readString(file));
    } catch (IOException | YAMLException e) {
      throw new IllegalArgumentException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  static List<JsonNode> yaml(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    List<JsonNode> documents = new ArrayList<>();
    for (Object document : new Yaml(new SafeConstructor(options)).loadAll(text)) {
      documents.add(JSON.valueToTree(document));
    }
    return documents;
  }

  /** The environment variables that mean something to the server. */
  static Set<String> variables() {
    CommandLine serve =
        Objects.requireNonNull(new CommandLine(new Main()).getSubcommands().get("serve"));
    Stream<String> options =
        serve.getCommandSpec().options().stream()
            .map(option -> option.longestName().substring(2))
            .map(name -> "SIGHTLINE_" + name.replace('-', '_').toUpperCase(Locale.ROOT));
    Stream<String> others = Stream.of("SIGHTLINE_HOME", "SIGHTLINE_LOG");
    return Stream.of(options, others).flatMap(names -> names).collect(Collectors.toSet());
  }
}
