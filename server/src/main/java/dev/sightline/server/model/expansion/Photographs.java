package dev.sightline.server.model.expansion;

import com.google.protobuf.ByteString;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.image.ImageException;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import dev.sightline.server.model.ModelException;
import dev.sightline.v1.Image;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Photographs in files, decoded whenever one is wanted; none is kept. Not thread-safe. */
public final class Photographs {
  private final InputShape shape;
  private final Preprocessing preprocessing;
  private final ImageReader reader = new ImageReader(ImageLimits.DEFAULT);
  private final List<Path> files = new ArrayList<>();

  /**
   * None yet.
   *
   * @param shape the network's input, to which each is brought
   * @param preprocessing how its pixels become values
   */
  public Photographs(InputShape shape, Preprocessing preprocessing) {
    this.shape = shape;
    this.preprocessing = preprocessing;
  }

  /**
   * Decodes files once and takes those that are photographs.
   *
   * @param candidates the files, in the order in which they shall count
   * @param skipped is told of each other file, with the reason
   * @param seen is called after each file
   */
  public void add(List<Path> candidates, Consumer<String> skipped, Runnable seen) {
    FloatBuffer values = Pass.buffer(1, shape.size());
    for (Path file : candidates) {
      String why = problem(file, values);
      if (why == null) {
        files.add(file);
      } else {
        skipped.accept("%s: %s".formatted(file, why));
      }
      seen.run();
    }
  }

  private @Nullable String problem(Path file, FloatBuffer into) {
    try {
      decode(file, into, 0);
      return null;
    } catch (ImageException | IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private void decode(Path file, FloatBuffer into, int offset) throws IOException {
    long bytes = Files.size(file);
    if (bytes > ImageLimits.DEFAULT.maxEncodedBytes()) {
      throw new IOException(
          "larger than %d bytes".formatted(ImageLimits.DEFAULT.maxEncodedBytes()));
    }
    Image image =
        Image.newBuilder().setEncoded(ByteString.copyFrom(Files.readAllBytes(file))).build();
    reader.prepare(image, shape, preprocessing, into, offset, false);
  }

  /**
   * Writes a photograph as the network takes it.
   *
   * @param into receives C × H × W values from the offset on
   * @throws ModelException if it is no longer what it was
   */
  public void read(int index, FloatBuffer into, int offset) {
    try {
      decode(files.get(index), into, offset);
    } catch (ImageException | IOException e) {
      throw new ModelException(
          "%s cannot be read any more: %s".formatted(files.get(index), e.getMessage()), e);
    }
  }

  /** The files, in order. */
  public List<Path> files() {
    return List.copyOf(files);
  }

  /** The shape of each. */
  public InputShape shape() {
    return shape;
  }

  /** How their pixels become values. */
  public Preprocessing preprocessing() {
    return preprocessing;
  }
}
