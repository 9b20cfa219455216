package dev.sightline.server.app.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.sightline.server.model.AtomicFile;
import dev.sightline.server.model.ModelException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of an evaluation: a line an image in {@value #IMAGES}, written as soon as the image is
 * done, so that an evaluation that ended early goes on where it was; and the table, at its end. Not
 * thread-safe.
 */
final class Journal {
  static final String IMAGES = "images.jsonl";
  static final String SANITY = "sanity.json";
  static final String TABLE = "table.csv";
  static final String ALL = "evaluation.json";
  static final String PAGE = "report.html";

  private static final Logger log = LoggerFactory.getLogger(Journal.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path folder;
  private final Map<String, String> head;
  private final List<ImageResult> earlier = new ArrayList<>();

  private Journal(Path folder, Map<String, String> head) {
    this.folder = folder;
    this.head = head;
  }

  /**
   * Opens a folder, which is made if it is not there.
   *
   * @param head what the figures depend on; only an evaluation with the same one is gone on with
   * @throws ModelException if the folder holds another evaluation
   */
  static Journal open(Path folder, Map<String, String> head) throws IOException {
    Files.createDirectories(folder);
    Journal journal = new Journal(folder, new LinkedHashMap<>(head));
    Path images = folder.resolve(IMAGES);
    if (Files.exists(images)) {
      journal.resume(images);
    } else {
      Files.writeString(images, MAPPER.writeValueAsString(head) + "\n");
    }
    return journal;
  }

  private void resume(Path images) throws IOException {
    List<String> lines = Files.readAllLines(images);
    try {
      Map<String, String> before =
          lines.isEmpty() ? Map.of() : MAPPER.readValue(lines.get(0), new TypeReference<>() {});
      for (String key : head.keySet()) {
        if (!head.get(key).equals(before.get(key))) {
          throw new ModelException(
              "%s holds an evaluation with another %s (%s, not %s); choose another folder"
                  .formatted(folder, key, before.get(key), head.get(key)));
        }
      }
    } catch (JsonProcessingException e) {
      throw new ModelException(images + " is not of an evaluation; choose another folder", e);
    }
    StringBuilder whole = new StringBuilder(lines.get(0)).append('\n');
    for (String line : lines.subList(1, lines.size())) {
      try {
        earlier.add(MAPPER.readValue(line, ImageResult.class));
        whole.append(line).append('\n');
      } catch (JsonProcessingException e) {
        log.warn(
            "{} has a line that was cut off; its image is measured again: {}",
            images,
            e.getOriginalMessage());
      }
    }
    Files.writeString(images, whole);
  }

  /** What was done before. */
  List<ImageResult> earlier() {
    return earlier;
  }

  /**
   * The stages that were done before: those that a new evaluation would begin with.
   *
   * @param none what it is to see, without stages
   * @param spread the layers of its stages
   */
  SanityResult sanity(SanityResult none, List<Integer> spread) throws IOException {
    Path file = folder.resolve(SANITY);
    if (!Files.exists(file)) {
      return none;
    }
    try {
      SanityResult before = MAPPER.readValue(file.toFile(), SanityResult.class);
      List<Integer> done = before.stages().stream().map(SanityResult.Stage::last).toList();
      boolean begins = done.size() <= spread.size() && done.equals(spread.subList(0, done.size()));
      return begins && before.layers() == none.layers() && before.images().equals(none.images())
          ? before
          : none;
    } catch (JsonProcessingException e) {
      log.warn("{} is not whole; the sanity check begins anew: {}", file, e.getOriginalMessage());
      return none;
    }
  }

  /** Keeps the stages that are done. */
  void keep(SanityResult sanity) throws IOException {
    byte[] json = MAPPER.writeValueAsBytes(sanity);
    AtomicFile.write(folder.resolve(SANITY), out -> out.write(json));
  }

  void add(ImageResult result) throws IOException {
    Files.writeString(
        folder.resolve(IMAGES),
        MAPPER.writeValueAsString(result) + "\n",
        StandardOpenOption.APPEND);
  }

  Map<String, String> head() {
    return head;
  }

  /** Writes table, summary and page, in place of those that may be there. */
  void finish(Report report, List<Case> cases) throws IOException {
    try (BufferedWriter csv = Files.newBufferedWriter(folder.resolve(TABLE))) {
      report.table().writeCsv(csv);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("head", head);
    all.put("command", report.command());
    all.put("table", report.table().list());
    if (report.sanity() != null) {
      all.put("sanity", report.sanity());
    }
    all.put("skipped", report.left());
    all.put("images", report.results());
    MAPPER
        .writer()
        .with(SerializationFeature.INDENT_OUTPUT)
        .writeValue(folder.resolve(ALL).toFile(), all);
    write(report, cases);
  }

  /** Writes the page. */
  void write(Report report, List<Case> cases) throws IOException {
    Files.writeString(folder.resolve(PAGE), Page.of(report, cases));
  }
}
