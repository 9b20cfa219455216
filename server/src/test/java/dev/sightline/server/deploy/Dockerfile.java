package dev.sightline.server.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The instructions of a Dockerfile in order.
 *
 * @param instructions all of them
 */
record Dockerfile(List<Instruction> instructions) {

  /**
   * An instruction.
   *
   * @param stage the name of the stage that it belongs to; empty before the first
   * @param name its name, such as RUN
   * @param words what follows, its lines joined
   */
  record Instruction(String stage, String name, String words) {

    /** The arguments of an instruction in exec form. */
    List<String> exec() {
      try {
        return List.of(new JsonMapper().readValue(words, String[].class));
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException("%s %s is not in exec form".formatted(name, words), e);
      }
    }
  }

  static Dockerfile read(Path file) throws IOException {
    List<Instruction> instructions = new ArrayList<>();
    String stage = "";
    StringBuilder open = new StringBuilder();
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith("#") || (line.isBlank() && open.isEmpty())) {
        continue;
      }
      open.append(line.strip());
      if (line.endsWith("\\")) {
        open.setLength(open.length() - 1);
        continue;
      }
      String[] parts = open.toString().split(" ", 2);
      open.setLength(0);
      String name = parts[0];
      if (!name.equals(name.toUpperCase(Locale.ROOT)) || parts.length < 2) {
        throw new IllegalArgumentException("%s: no instruction: %s".formatted(file, line));
      }
      if (name.equals("FROM")) {
        stage = parts[1].substring(parts[1].lastIndexOf(' ') + 1);
      }
      instructions.add(new Instruction(stage, name, parts[1].strip()));
    }
    return new Dockerfile(List.copyOf(instructions));
  }

  List<Instruction> all(String name) {
    return instructions.stream().filter(instruction -> instruction.name().equals(name)).toList();
  }

  List<Instruction> of(String stage, String name) {
    return all(name).stream().filter(instruction -> instruction.stage().equals(stage)).toList();
  }
}
