package dev.sightline.client.cli;

import dev.sightline.client.ModelSummary;
import dev.sightline.client.SightlineClient;
import dev.sightline.client.load.Asked;
import dev.sightline.client.load.CallKind;
import dev.sightline.client.load.Capacity;
import dev.sightline.client.load.Generator;
import dev.sightline.client.load.Machine;
import dev.sightline.client.load.Plan;
import dev.sightline.client.load.Setting;
import dev.sightline.client.load.WireBytes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sightline load}. */
@Command(
    name = "load",
    description =
        "Puts load on a server and measures what it makes of it, or finds how much it can take.",
    mixinStandardHelpOptions = true)
final class LoadCommand implements Callable<Integer> {
  private static final int MOST_STREAMS = 10_000;
  private static final int CONNECTIONS = 16;

  /** How a report is printed. */
  enum Format {
    TEXT,
    JSON
  }

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      description =
          "Images, folders of images, or .npy files, which are sent again and again; without them,"
              + " views of photographs that come with the program.")
  private List<Path> files = List.of();

  @Mixin private final LoadQuestion question = new LoadQuestion();

  @Option(
      names = "--call",
      paramLabel = "CALL",
      description =
          "live: streams in which the newest frame wins (the default); batch: image batches that"
              + " lose nothing; unary: single images.")
  private CallKind call = CallKind.LIVE;

  @Option(
      names = "--streams",
      paramLabel = "N",
      description = "Cameras or callers; 16 if not given.")
  private int streams = 16;

  @Option(
      names = "--connections",
      paramLabel = "N",
      description = "Connections that the streams share; one each, but at most 16, if not given.")
  private @Nullable Integer connections;

  @Option(
      names = "--still",
      paramLabel = "N",
      description =
          "How often each stream sends a picture before the next, as a camera does that looks at a"
              + " still scene; 1 if not given.")
  private int still = 1;

  @Mixin private final PaceOptions pace = new PaceOptions();

  @Option(
      names = "--warm-up",
      paramLabel = "TIME",
      converter = Span.class,
      description =
          "How long nothing counts; 5s if not given, and 2s for each rate that --find-capacity"
              + " tries.")
  private @Nullable Duration warmUp;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      converter = Span.class,
      description =
          "How long frames count; 20s if not given. For each rate that --find-capacity tries, 8s"
              + " if not given, or as long as 200 frames take.")
  private @Nullable Duration duration;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      converter = Span.class,
      description = "An answer that takes longer is no goodput; without it, each good one is.")
  private @Nullable Duration deadline;

  @Option(
      names = "--patience",
      paramLabel = "TIME",
      converter = Span.class,
      description = "The longest wait for the last answers; 30s if not given.")
  private Duration patience = Duration.ofSeconds(30);

  @Option(
      names = "--expand",
      description = "Expand each map to its pixels, which then is a part of its latency.")
  private boolean expand;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder for load.json and load.html; load-out if not given.")
  private Path out = Path.of("load-out");

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "What is printed: text (the default) or json.")
  private Format format = Format.TEXT;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter console = spec.commandLine().getOut();
    PrintWriter errors = spec.commandLine().getErr();
    Plan plan = plan();
    Capacity.Target target = pace.target();
    LoadFrames frames =
        files.isEmpty() ? LoadFrames.shipped() : LoadFrames.of(files, line -> say(errors, line));
    List<SightlineClient> clients = new ArrayList<>();
    try (Connection connection =
        Connection.open(question.access, question.model, line -> say(errors, line))) {
      WireBytes wire = new WireBytes();
      for (int i = 0; i < connections(); i++) {
        SightlineClient client = connection.another().deadline(patience).interceptor(wire).build();
        clients.add(client);
        // Connects, or the first frames would wait for that.
        List<ModelSummary> unused = client.models();
      }
      String model = "";
      for (Asked asked : new LinkedHashSet<>(plan.streams())) {
        // What cannot be met is told once, not for every frame.
        model = connection.client().explain(frames.images().get(0), asked.options()).model();
      }
      Setting setting =
          new Setting(
              Machine.here(),
              connection.server(),
              model,
              connection.sharesProcess(),
              clients.size(),
              frames.description(),
              Main.VERSION,
              Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
              plan);
      Generator generator =
          new Generator(clients, frames.images(), wire, !connection.sharesProcess());
      EarlyEnd ctrlC = new EarlyEnd(generator::stop);
      try {
        LoadRun run = new LoadRun(setting, generator, new LoadOutput(out, format, console, errors));
        return target == null
            ? run.once()
            : run.search(target, duration == null, rate -> pace.open(call, rate));
      } finally {
        ctrlC.over();
      }
    } finally {
      clients.forEach(SightlineClient::close);
    }
  }

  private Plan plan() {
    if (streams < 1 || streams > MOST_STREAMS) {
      throw misuse("--streams is 1 to " + MOST_STREAMS);
    }
    if (still < 1) {
      throw misuse("--still is 1 or more");
    }
    if (question.skipUnchanged != null && call != CallKind.LIVE) {
      throw misuse("--skip-unchanged is for live streams");
    }
    if (duration != null && duration.isZero()) {
      throw misuse("--duration is more than 0");
    }
    if (deadline != null && deadline.isZero()) {
      throw misuse("--deadline is more than 0");
    }
    if (patience.isZero()) {
      throw misuse("--patience is more than 0");
    }
    if (connections() < 1 || connections() > streams) {
      throw misuse("--connections is 1 to the number of streams, " + streams);
    }
    boolean search = pace.findCapacity;
    return new Plan(
        call,
        question.asked(streams),
        pace.pace(call, streams),
        still,
        warmUp != null ? warmUp : Duration.ofSeconds(search ? 2 : 5),
        duration != null ? duration : Duration.ofSeconds(search ? 8 : 20),
        deadline,
        patience,
        expand,
        question.seed());
  }

  private int connections() {
    return connections != null ? connections : Math.min(CONNECTIONS, streams);
  }

  private static void say(PrintWriter errors, String line) {
    errors.println(line);
    errors.flush();
  }

  private ParameterException misuse(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }
}
