package dev.sightline.server.batch;

import java.util.List;
import java.util.Optional;

/** The models that a server explains. Thread-safe. */
public interface Catalogue {

  /** All models in the order of their names. */
  List<Target> all();

  /** The model that is taken where none is named. */
  Target defaultTarget();

  /** The model of that name; the default one for the empty name. */
  default Optional<Target> find(String name) {
    if (name.isEmpty()) {
      return Optional.of(defaultTarget());
    }
    return all().stream().filter(target -> target.name().equals(name)).findFirst();
  }
}
