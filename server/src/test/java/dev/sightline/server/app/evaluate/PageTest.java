package dev.sightline.server.app.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.v1.Method;
import dev.sightline.v1.Upsampling;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PageTest {
  private static final Settings SETTINGS =
      new Settings(
          "maps",
          List.of(Method.METHOD_GRAD_CAM, Method.METHOD_EXTENDED_CAM, Method.METHOD_GRADIENT),
          List.of(Upsampling.UPSAMPLING_BILINEAR, Upsampling.UPSAMPLING_GAUSSIAN),
          Set.of(Group.MASKING, Group.LOCATION),
          null,
          1,
          null,
          0,
          1,
          0);
  private static final String NASTY = "</title><script>alert('x')</script>&\"\u202e.jpg";

  @Test
  void tablesHaveTheShapeOfThoseOfExtendedCam() {
    String page = Page.of(report(results(6), List.of()), List.of());
    assertThat(page)
        .containsSubsequence(
            "<h2>Absolute masking</h2>",
            ">grad-cam, bilinear</th>",
            ">extended-cam, gaussian</th>",
            ">gradient</th>",
            "<h2>Relative masking</h2>",
            "<h2>Methods and upsamplings, absolute masking</h2>",
            ">bilinear drop %\u00a0↓</th>",
            ">gaussian drop %\u00a0↓</th>",
            ">difference</th>",
            "<h2>Methods and upsamplings, relative masking</h2>",
            "<h2>Localisation</h2>");
    String absolute = between(page, "<h2>Absolute masking", "<h2>Relative");
    assertThat(absolute).doesNotContain("grad-cam, gaussian", "extended-cam, bilinear");
    // Drops 10 + n bilinear, 30 + 2n Gaussian, 5 of the gradient, of images 0 to 5.
    assertThat(absolute).contains("<span>12.5</span>", "<span>35.0</span>", "<strong>5.0</strong>");
    assertThat(
            between(page, "<h2>Methods and upsamplings, abs", "<h2>Methods and upsamplings, rel"))
        .as("images 0 to 5 differ by 20 to 25, and the gradient has no upsampling")
        .contains("<span>22.5</span>\n<small>[2")
        .doesNotContain(">gradient<");
    assertThat(page).contains("6 images; [95 % bootstrap]", "3 images, too few for intervals");
  }

  @Test
  void nothingThatIsSaidBecomesPartOfThePage() {
    List<ImageResult> results = results(1);
    ImageResult nasty =
        new ImageResult(
            NASTY, "", 0, NASTY, 0.5, List.of("note " + NASTY), results.get(0).figures());
    Report report =
        new Report(
            Map.of("model", NASTY, NASTY, NASTY),
            "sightline evaluate '" + NASTY + "'",
            SETTINGS,
            Table.of(List.of(nasty), SETTINGS),
            List.of(nasty),
            null,
            List.of(NASTY),
            true);
    Case shown = new Case("best", nasty, new byte[] {1, 2}, List.of());
    String page = Page.of(report, List.of(shown));
    assertThat(page)
        .doesNotContain("<script", "alert('", "\u202e")
        .contains("&lt;script&gt;alert(&#39;x&#39;)", "src=\"data:image/jpeg;base64,AQI=\"")
        .contains("too few images for intervals", "stopped before all images were done");
    assertThat(page.split("<title>", -1)).hasSize(2);
  }

  @Test
  void pageNeedsNothingBesideItself() {
    Report report = report(results(2), List.of("a.jpg: no image"));
    Case shown =
        new Case(
            "worst",
            report.results().get(0),
            new byte[3],
            List.of(new Case.Drawn(SETTINGS.rows().get(0), new byte[3])));
    String page = Page.of(report, List.of(shown));
    assertThat(page)
        .doesNotContain("<script", "http:", "https:", "url(", "<link", "@import")
        .contains("<li>a.jpg: no image</li>", "worst: image 0.jpg", "drop %\u00a0↓\u00a010.0");
  }

  @Test
  void pageOfNoImageStillSaysWhy() {
    assertThat(Page.of(report(List.of(), List.of("a.jpg: cut off")), List.of()))
        .contains("0 images", "<li>a.jpg: cut off</li>", "sightline evaluate");
  }

  @Test
  void elementThatIsNotEndedIsAMistake() {
    assertThatThrownBy(() -> new Html().start("p").page()).hasMessageContaining("[p]");
  }

  @Test
  void bestWorstAndRandomImagesAreShownOnceEach() {
    List<ImageResult> results = new ArrayList<>(results(20));
    assertThat(CaseChoice.of(results, SETTINGS))
        .extracting(CaseChoice.Chosen::why)
        .containsExactly(
            "best", "best", "best", "worst", "worst", "worst", "random", "random", "random");
    assertThat(CaseChoice.of(results, SETTINGS))
        .extracting(chosen -> chosen.result().file())
        .startsWith("image 0.jpg", "image 1.jpg", "image 2.jpg")
        .contains("image 19.jpg", "image 18.jpg", "image 17.jpg")
        .doesNotHaveDuplicates();
    assertThat(CaseChoice.of(results(2), SETTINGS)).hasSize(2);
  }

  private static String between(String page, String from, String to) {
    return page.substring(page.indexOf(from), page.indexOf(to));
  }

  private static Report report(List<ImageResult> results, List<String> left) {
    return new Report(
        Map.of("model", "small"),
        "sightline evaluate small",
        SETTINGS,
        Table.of(results, SETTINGS),
        results,
        null,
        left,
        false);
  }

  private static List<ImageResult> results(int images) {
    return IntStream.range(0, images)
        .mapToObj(
            n ->
                new ImageResult(
                    "image " + n + ".jpg",
                    "",
                    0,
                    "class",
                    0.5,
                    List.of(),
                    Map.of(
                        "grad-cam bilinear", figures(10 + n, n < 3),
                        "grad-cam gaussian", figures(30 + 2 * n, false),
                        "extended-cam bilinear", figures(10 + n, false),
                        "extended-cam gaussian", figures(30 + 2 * n, false),
                        "gradient none", figures(5, false))))
        .toList();
  }

  private static Map<String, Double> figures(double drop, boolean box) {
    return box
        ? Map.of("drop", drop, "relative_drop", drop, "iou", drop / 100)
        : Map.of("drop", drop, "relative_drop", drop);
  }
}
