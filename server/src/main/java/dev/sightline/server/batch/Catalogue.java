package dev.sightline.server.batch;

import dev.sightline.v1.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The models that a server explains. Thread-safe. */
public interface Catalogue {

  /** All models in the order of their names. */
  List<Target> all();

  /** The model that is taken where none is named. */
  Target defaultTarget();

  /**
   * Another number whenever another model stands in the place of one: what was planned before may
   * be out of date.
   */
  long version();

  /** The model of that name; the default one for the empty name. */
  default Optional<Target> find(String name) {
    if (name.isEmpty()) {
      return Optional.of(defaultTarget());
    }
    return all().stream().filter(target -> target.name().equals(name)).findFirst();
  }

  /**
   * The model of that name; the default one for the empty name.
   *
   * @throws RefusedException if there is none, or the caller may not use it
   */
  default Target require(String name) throws RefusedException {
    return find(name)
        .orElseThrow(
            () ->
                new RefusedException(
                    Reason.REASON_UNKNOWN_MODEL,
                    "There is no model \"%s\"; there are: %s."
                        .formatted(
                            name,
                            all().stream().map(Target::name).collect(Collectors.joining(", "))),
                    Map.of("model", name)));
  }
}
