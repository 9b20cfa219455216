package dev.sightline.server.app.evaluate;

import dev.sightline.heatmap.Overlay;
import dev.sightline.heatmap.OverlayStyle;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.Plane;
import dev.sightline.server.batch.RefusedException;
import dev.sightline.v1.ExplainOptions;
import dev.sightline.v1.Heatmap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Draws the images of a page. Their maps are computed again, so that nothing is kept of images that
 * are not shown, and an evaluation that goes on shows those of its first part too.
 */
final class Cases {
  private static final Logger log = LoggerFactory.getLogger(Cases.class);

  /** What all pictures of a page may take, about six seconds of a slow line. */
  private static final long MOST_BYTES = 6 << 20;

  private final Passes passes;
  private final SubjectReader reader;
  private final Settings settings;

  Cases(Passes passes, SubjectReader reader, Settings settings) {
    this.passes = passes;
    this.reader = reader;
    this.settings = settings;
  }

  /** Draws until it is stopped, or the page is full; an image that is gone is left out. */
  List<Case> of(List<ImageResult> results, BooleanSupplier stopped) throws InterruptedException {
    List<Case> cases = new ArrayList<>();
    long bytes = 0;
    for (CaseChoice.Chosen chosen : CaseChoice.of(results, settings)) {
      if (stopped.getAsBoolean()) {
        break;
      }
      try {
        Case drawn = drawn(chosen);
        bytes += drawn.bytes();
        if (bytes > MOST_BYTES) {
          break;
        }
        cases.add(drawn);
      } catch (SkippedException | RefusedException e) {
        log.info("{} is not shown: {}", chosen.result().file(), e.getMessage());
      }
    }
    return cases;
  }

  private Case drawn(CaseChoice.Chosen chosen)
      throws SkippedException, RefusedException, InterruptedException {
    ImageResult result = chosen.result();
    Subject subject = reader.read(result.path(), unused -> {});
    Photo photo = InputPhoto.of(subject, passes.model().preprocessing());
    List<Case.Drawn> maps = new ArrayList<>();
    ExplainOptions.Builder options = settings.options().addAllMethods(settings.methods());
    for (Heatmap heatmap : passes.maps(options, subject.input(), result.classIndex())) {
      for (Row row : settings.rows(heatmap.getMethod())) {
        Plane map = Evaluator.plane(subject, row, heatmap);
        Photo overlay = Overlay.draw(photo, map, null, OverlayStyle.of(row.method()));
        maps.add(new Case.Drawn(row, InputPhoto.jpeg(overlay, subject)));
      }
    }
    return new Case(chosen.why(), result, InputPhoto.jpeg(photo, subject), maps);
  }
}
