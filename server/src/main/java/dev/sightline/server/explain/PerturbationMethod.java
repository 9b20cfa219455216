package dev.sightline.server.explain;

/**
 * A method that alters the network's input or a layer's activation, and reads the map from the
 * scores. Pure and thread-safe.
 */
public interface PerturbationMethod {

  /**
   * What is altered.
   *
   * @return true for the activation of the layer, so that only what follows it is run again; false
   *     for the network's input
   */
  boolean ofActivation();

  /** Whether it reads the activation of a layer, as most do, and needs {@link Subject#evidence}. */
  default boolean readsActivation() {
    return true;
  }

  /**
   * How many versions it makes of an activation of so many channels and cells; of an input as many
   * as there are to be masks.
   */
  int versions(int channels, int cells, int masks);

  /**
   * The altered versions of an image.
   *
   * @throws NullPointerException if it reads the activation and there is none
   */
  Perturbation of(Subject subject);
}
