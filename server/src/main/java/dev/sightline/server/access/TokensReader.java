package dev.sightline.server.access;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link TokensFile} describes. Its complaints name keys and lines but no values, for a
 * token may stand where its hash should.
 */
final class TokensReader {
  private static final String TOKEN = "token-sha256";
  private static final String MODELS = "models";
  private static final String RATE = "images-per-second";
  private static final String WEIGHT = "weight";
  private static final String CHANGES = "may-change-models";
  private static final Set<String> KEYS = Set.of(TOKEN, MODELS, RATE, WEIGHT, CHANGES);
  private static final int HASH_DIGITS = 64;

  private final Path file;
  private final Tokens before;
  private final LongSupplier nanoTime;

  private TokensReader(Path file, Tokens before, LongSupplier nanoTime) {
    this.file = file;
    this.before = before;
    this.nanoTime = nanoTime;
  }

  /**
   * Reads the clients.
   *
   * @param before those that were in force; what they have sent this second still counts
   */
  static Tokens read(Path file, byte[] content, Tokens before, LongSupplier nanoTime) {
    return new TokensReader(file, before, nanoTime).tokens(content);
  }

  private Tokens tokens(byte[] content) {
    JsonNode root = root(content);
    JsonNode clients = root.path("clients");
    if (root.size() != 1 || !clients.isObject() || clients.isEmpty()) {
      throw unfit("it must hold 'clients:' and under it at least one client, and nothing else");
    }
    List<Tokens.Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : clients.properties()) {
      Client client = client(entry.getKey(), entry.getValue());
      for (byte[] hash : hashes(entry.getKey(), entry.getValue())) {
        if (new Tokens(entries).withHash(hash).isPresent()) {
          throw unfit("client %s has a token that is listed before".formatted(entry.getKey()));
        }
        entries.add(new Tokens.Entry(hash, client));
      }
    }
    return new Tokens(entries);
  }

  private JsonNode root(byte[] content) {
    try {
      YAMLMapper mapper =
          YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();
      return mapper.readTree(content);
    } catch (JacksonException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      // The parser's own words quote the file.
      throw unfit("line %d is not YAML, or says again what was said before".formatted(line));
    } catch (IOException e) {
      throw unfit("it cannot be read");
    }
  }

  private Client client(String name, JsonNode values) {
    if (!values.isObject()) {
      throw unfit("client %s must have keys and values".formatted(name));
    }
    values
        .fieldNames()
        .forEachRemaining(
            key -> {
              if (!KEYS.contains(key)) {
                throw unfit("client %s has a key %s; known are %s".formatted(name, key, known()));
              }
            });
    return new Client(
        name,
        models(name, values),
        rate(name, values),
        weight(name, values),
        changes(name, values));
  }

  private static String known() {
    return String.join(", ", TOKEN, MODELS, RATE, WEIGHT, CHANGES);
  }

  private List<byte[]> hashes(String name, JsonNode values) {
    List<byte[]> hashes = new ArrayList<>();
    for (JsonNode value : items(values.path(TOKEN))) {
      String text = value.asText();
      if (!value.isTextual() || text.length() != HASH_DIGITS || !isHex(text)) {
        throw unfit(
            "client %s: %s must be the SHA-256 of a token, %d hexadecimal digits in quotation marks"
                .formatted(name, TOKEN, HASH_DIGITS));
      }
      hashes.add(HexFormat.of().parseHex(text));
    }
    if (hashes.isEmpty()) {
      throw unfit("client %s has no %s".formatted(name, TOKEN));
    }
    return hashes;
  }

  private static boolean isHex(String text) {
    return text.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128);
  }

  private @Nullable Set<String> models(String name, JsonNode values) {
    if (!values.has(MODELS)) {
      return null;
    }
    Set<String> models = new LinkedHashSet<>();
    for (JsonNode value : items(values.get(MODELS))) {
      if (!value.isTextual()) {
        throw unfit("client %s: %s must be names of models".formatted(name, MODELS));
      }
      models.add(value.asText());
    }
    return models;
  }

  private Rate rate(String name, JsonNode values) {
    if (!values.has(RATE)) {
      return Rate.UNLIMITED;
    }
    JsonNode value = values.get(RATE);
    if (!value.canConvertToInt() || !value.isIntegralNumber() || value.asInt() < 1) {
      throw unfit("client %s: %s must be a whole number above 0".formatted(name, RATE));
    }
    return before
        .named(name)
        .map(Client::rate)
        .filter(rate -> rate.perSecond() == value.asInt())
        .orElseGet(() -> Rate.of(value.asInt(), nanoTime));
  }

  private int weight(String name, JsonNode values) {
    JsonNode value = values.path(WEIGHT);
    if (value.isMissingNode()) {
      return 1;
    }
    int weight = value.isIntegralNumber() && value.canConvertToInt() ? value.asInt() : 0;
    if (weight < 1 || weight > Client.MAX_WEIGHT) {
      throw unfit(
          "client %s: %s must be a whole number from 1 to %d"
              .formatted(name, WEIGHT, Client.MAX_WEIGHT));
    }
    return weight;
  }

  private boolean changes(String name, JsonNode values) {
    JsonNode value = values.path(CHANGES);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw unfit("client %s: %s must be true or false".formatted(name, CHANGES));
    }
    return value.asBoolean(false);
  }

  private static Iterable<JsonNode> items(JsonNode value) {
    return value.isMissingNode() ? List.of() : value.isArray() ? value : List.of(value);
  }

  private IllegalArgumentException unfit(String how) {
    return new IllegalArgumentException("%s: %s".formatted(file, how));
  }
}
