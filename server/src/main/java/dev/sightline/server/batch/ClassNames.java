package dev.sightline.server.batch;

import java.util.OptionalInt;

/** The classes of a model by name. Thread-safe. */
public interface ClassNames {

  /** The label of a class, or its index in digits where the model has no labels. */
  String label(int index);

  /** The first class with that label, in full or as people say it; case does not matter. */
  OptionalInt find(String label);
}
