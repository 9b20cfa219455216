package dev.sightline.server.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a Java process holds.
 *
 * @param heap bytes of the objects that are left when the garbage is collected
 * @param resident bytes of its memory, of whatever kind
 */
record Footprint(long heap, long resident) {
  private static final Pattern OBJECTS = Pattern.compile("(?m)^Total +\\d+ +(\\d+)$");
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

  static Footprint of(long pid) throws IOException, InterruptedException {
    Process histogram =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(pid),
                "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    String objects = new String(histogram.getInputStream().readAllBytes(), UTF_8);
    assertThat(histogram.waitFor()).as(objects).isZero();
    String status = Files.readString(Path.of("/proc", Long.toString(pid), "status"));
    return new Footprint(number(OBJECTS, objects), number(RESIDENT, status) << 10);
  }

  private static long number(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return Long.parseLong(matcher.group(1));
  }
}
