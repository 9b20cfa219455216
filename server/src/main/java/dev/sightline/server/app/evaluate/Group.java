package dev.sightline.server.app.evaluate;

/** Measures that are computed together, and so a block of the table. */
public enum Group {
  /** Average drop and increase, absolute and relative: two masked images a map. */
  MASKING("Masking"),
  /** Insertion and deletion: two masked images a step. */
  CURVES("Insertion and deletion"),
  /** Average drop, coherency, complexity: one masked image and one more map. */
  ADCC("ADCC"),
  /** Removal with noisy linear imputation: eight imputed images. */
  ROAD("Remove and debias (ROAD)"),
  /** What needs boxes or object masks; costs no pass. */
  LOCATION("Localisation");

  private final String title;

  Group(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }
}
