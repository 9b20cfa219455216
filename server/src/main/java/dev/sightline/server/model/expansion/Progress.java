package dev.sightline.server.model.expansion;

/** Is told how a training goes, on the thread that trains. */
public interface Progress {
  /** After each step: how many there were, and the loss of this one. */
  void step(int steps, double loss);

  /** After each measurement. */
  void measured(Measurement measurement, boolean best);

  /** True as soon as the training shall end, with what is best so far. */
  boolean stopped();
}
