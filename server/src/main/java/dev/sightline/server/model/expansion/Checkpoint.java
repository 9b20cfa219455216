package dev.sightline.server.model.expansion;

import dev.sightline.server.model.AtomicFile;
import dev.sightline.server.model.ModelException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A training in a file, from which it goes on with the same numbers.
 *
 * @param head what the training depends on besides its state: only a training with the same goes on
 * @param state the rest
 */
record Checkpoint(Map<String, String> head, TrainingState state) {
  private static final int MAGIC = 0x53_4c_45_58;
  private static final int VERSION = 1;
  private static final int LONGEST = 1 << 28;

  /** Writes the file, in place of an earlier one if it is whole. */
  void write(Path file) throws IOException {
    AtomicFile.write(
        file,
        stream -> {
          DataOutputStream out = new DataOutputStream(new BufferedOutputStream(stream));
          out.writeInt(MAGIC);
          out.writeInt(VERSION);
          out.writeInt(head.size());
          for (Map.Entry<String, String> entry : head.entrySet()) {
            out.writeUTF(entry.getKey());
            out.writeUTF(entry.getValue());
          }
          write(out);
          out.writeInt(MAGIC);
          out.flush();
        });
  }

  private void write(DataOutputStream out) throws IOException {
    out.writeInt(state.standards.taken().length);
    for (Moments moments : state.standards.taken()) {
      write(moments, out);
    }
    write(state.standards.given(), out);
    write(state.trained, out);
    write(state.adadelta.squares(), out);
    write(state.adadelta.steps(), out);
    write(state.average, out);
    write(state.best, out);
    out.writeDouble(state.bestLoss);
    out.writeInt(state.bestStep);
    out.writeInt(state.step);
    out.writeDouble(state.lossSum);
    out.writeInt(state.lossCount);
    out.writeInt(state.curve.size());
    for (Measurement measurement : state.curve) {
      out.writeInt(measurement.step());
      out.writeDouble(measurement.training());
      out.writeDouble(measurement.heldOut());
    }
  }

  private static void write(Moments moments, DataOutputStream out) throws IOException {
    write(moments.means(), out);
    write(moments.deviations(), out);
  }

  private static void write(float[] values, DataOutputStream out) throws IOException {
    out.writeInt(values.length);
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    out.write(bytes.array());
  }

  /**
   * Reads a file.
   *
   * @param wanted what the training that is to go on depends on
   * @throws ModelException if the file is damaged, or of another training; the message says in what
   *     they differ
   */
  static Checkpoint read(Path file, Map<String, String> wanted) {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      if (in.readInt() != MAGIC || in.readInt() != VERSION) {
        throw new IOException("it is of another kind");
      }
      Map<String, String> head = new LinkedHashMap<>();
      for (int entries = in.readInt(); entries > 0; entries--) {
        head.put(in.readUTF(), in.readUTF());
      }
      wanted.forEach((key, value) -> requireSame(file, key, head.getOrDefault(key, ""), value));
      TrainingState state = state(in);
      if (in.readInt() != MAGIC) {
        throw new IOException("it does not end where it should");
      }
      return new Checkpoint(head, state);
    } catch (IOException e) {
      throw new ModelException("%s cannot be read: %s".formatted(file, e), e);
    }
  }

  private static void requireSame(Path file, String key, String found, String wanted) {
    if (!found.equals(wanted)) {
      throw new ModelException(
          "%s is of a training with another %s (%s, not %s); train anew without --resume"
              .formatted(file, key, found, wanted));
    }
  }

  private static TrainingState state(DataInputStream in) throws IOException {
    Moments[] taken = new Moments[length(in)];
    for (int i = 0; i < taken.length; i++) {
      taken[i] = moments(in);
    }
    Standards standards = new Standards(taken, moments(in));
    float[] trained = floats(in);
    TrainingState state =
        new TrainingState(standards, trained, new Adadelta(floats(in), floats(in)), floats(in));
    state.best = floats(in);
    state.bestLoss = in.readDouble();
    state.bestStep = in.readInt();
    state.step = in.readInt();
    state.lossSum = in.readDouble();
    state.lossCount = in.readInt();
    for (int measurements = length(in); measurements > 0; measurements--) {
      state.curve.add(new Measurement(in.readInt(), in.readDouble(), in.readDouble()));
    }
    return state;
  }

  private static Moments moments(DataInputStream in) throws IOException {
    return new Moments(floats(in), floats(in));
  }

  private static float[] floats(DataInputStream in) throws IOException {
    byte[] bytes = new byte[Math.multiplyExact(length(in), Float.BYTES)];
    in.readFully(bytes);
    float[] values = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).asFloatBuffer().get(values);
    return values;
  }

  private static int length(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > LONGEST) {
      throw new IOException("a length of %d".formatted(length));
    }
    return length;
  }
}
