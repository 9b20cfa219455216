package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/** ONNX files. */
final class OnnxFile {
  private OnnxFile() {}

  /**
   * Reads a file and makes something of it.
   *
   * @throws GraphException if it is missing, truncated or not ONNX, or what is made of it refuses
   *     it; the message names the file
   */
  static <T> T read(Path file, Function<ModelProto, T> of) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      return of.apply(ModelProto.parseFrom(in));
    } catch (InvalidProtocolBufferException e) {
      throw new GraphException(file + " is truncated or not an ONNX file: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new GraphException(file + " cannot be read: " + e, e);
    } catch (GraphException e) {
      throw new GraphException(file + ": " + e.getMessage(), e);
    }
  }
}
