package dev.sightline.server.app.evaluate;

import java.nio.FloatBuffer;

/** An altered input, made when its batch is. */
@FunctionalInterface
interface Altered {

  /** Writes it at an absolute index; the position does not move. */
  void write(FloatBuffer into, int offset);
}
