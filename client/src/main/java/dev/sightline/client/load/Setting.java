package dev.sightline.client.load;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What was loaded with what, for reports.
 *
 * @param server where it is
 * @param model its model, as it was asked for
 * @param sharesProcess whether it runs in the generator's own process
 * @param connections how many
 * @param images what was sent, in words
 * @param version of the program
 * @param started when, as ISO 8601
 */
public record Setting(
    Machine machine,
    String server,
    String model,
    boolean sharesProcess,
    int connections,
    String images,
    String version,
    String started,
    Plan plan) {

  /** The same of another load. */
  public Setting of(Plan other) {
    return new Setting(
        machine, server, model, sharesProcess, connections, images, version, started, other);
  }

  /** How long a picture stands, in words; empty if each frame is another one. */
  String still() {
    return plan.still() == 1 ? "" : ", each " + plan.still() + " times in a row";
  }

  /** The pace in words. */
  String pace() {
    if (plan.pace() instanceof Pace.Open open) {
      return String.format(
          Locale.ROOT,
          "open loop, %.4g frames/s over all streams, %s",
          open.rate(),
          open.process() == ArrivalProcess.POISSON ? "Poisson arrivals" : "fixed intervals");
    }
    int inFlight = plan.pace() instanceof Pace.Closed closed ? closed.inFlight() : 0;
    return "closed loop, "
        + inFlight
        + (inFlight == 1 ? " frame" : " frames")
        + " in flight a stream";
  }

  /** The call and its streams in words. */
  String streams() {
    int streams = plan.streams().size();
    String kind =
        switch (plan.call()) {
          case LIVE -> "live stream";
          case BATCH -> "image batch";
          case UNARY -> "caller of single images";
        };
    String plural =
        switch (plan.call()) {
          case LIVE -> "live streams";
          case BATCH -> "image batches";
          case UNARY -> "callers of single images";
        };
    return "%d %s over %d connection%s"
        .formatted(streams, streams == 1 ? kind : plural, connections, connections == 1 ? "" : "s");
  }

  /** How many streams ask each thing. */
  Map<String, Long> asked() {
    Map<String, Long> counts = new LinkedHashMap<>();
    plan.streams().forEach(asked -> counts.merge(asked.name(), 1L, Long::sum));
    return counts;
  }
}
