package dev.sightline.server.batch;

import java.util.Optional;

/** Says whether another image of a caller is let in, and how it then counts. Thread-safe. */
@FunctionalInterface
public interface Admission {

  /** Lets in everything. */
  Admission ALWAYS = model -> Optional.empty();

  /**
   * Asked once for each image, as it comes and before anything of it is looked at.
   *
   * @param model the name of the model that is to explain it
   * @return why not; nothing lets it in
   */
  Optional<Refusal> refusal(String model);

  /**
   * How many turns the caller's stream or call gets, while those of weight 1 get one, where there
   * is not room for all; at least 1.
   */
  default int weight() {
    return 1;
  }
}
