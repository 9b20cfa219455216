package dev.sightline.server.model.expansion;

/**
 * Adadelta (Zeiler 2012), with a rate in front of its step as Keras and PyTorch have it: a
 * parameter moves by −rate · RMS(earlier steps) / RMS(gradients) · gradient. Both means decay by
 * {@value #DECAY} a step. Not thread-safe.
 *
 * @param squares the mean square of each parameter's gradients
 * @param steps the mean square of each parameter's steps, without the rate
 */
record Adadelta(float[] squares, float[] steps) {
  static final double DECAY = 0.95;
  static final double EPSILON = 1e-6;

  /** Before the first step. */
  static Adadelta of(int parameters) {
    return new Adadelta(new float[parameters], new float[parameters]);
  }

  /** Moves the parameters. */
  void move(float[] parameters, float[] gradient, double rate) {
    for (int i = 0; i < parameters.length; i++) {
      double slope = gradient[i];
      double square = DECAY * squares[i] + (1 - DECAY) * slope * slope;
      double step = -Math.sqrt((steps[i] + EPSILON) / (square + EPSILON)) * slope;
      squares[i] = (float) square;
      steps[i] = (float) (DECAY * steps[i] + (1 - DECAY) * step * step);
      parameters[i] += (float) (rate * step);
    }
  }
}
