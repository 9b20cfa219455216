package dev.sightline.server.app.evaluate;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that an evaluation has to say.
 *
 * @param head what it was made with
 * @param command the line that repeats it
 * @param settings how it was measured
 * @param table the means
 * @param results the images, by file
 * @param sanity whether maps depend on what the network has learned, or null if it was not asked
 * @param left what could not be used, and why, a line each
 * @param stopped whether it was stopped before all images were done
 */
record Report(
    Map<String, String> head,
    String command,
    Settings settings,
    Table table,
    List<ImageResult> results,
    @Nullable SanityResult sanity,
    List<String> left,
    boolean stopped) {}
