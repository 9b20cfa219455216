package dev.sightline.server.engine;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What ONNX Runtime makes of a model before it runs it on the CPU: operators fused, constants
 * folded, convolution weights laid out for the processor's vectors.
 *
 * <p>A session does so by itself, but then these weights are its own, and the weights of the model
 * that were shared with it are what it no longer reads. Optimised once and loaded from there, the
 * weights that are read are those that are shared.
 */
final class OptimizedModel implements AutoCloseable {
  /**
   * Operators that pack their second input into a form of their own when the session opens and let
   * go of the original: a matrix shared with them would be held twice.
   */
  private static final Set<String> PACKING =
      Set.of("MatMul", "FusedMatMul", "Gemm", "FusedGemm", "ConvTranspose");

  private final NativeBytes file;
  private final ModelProto model;

  private OptimizedModel(NativeBytes file, ModelProto model) {
    this.file = file;
    this.model = model;
  }

  /** Optimises a model with the options of the session that will run it. */
  static OptimizedModel of(ModelProto model, SessionOptions options)
      throws OrtException, IOException {
    Path written = Files.createTempFile("sightline-", ".onnx");
    try {
      write(model, options, written);
      NativeBytes file = read(written);
      try {
        CodedInputStream in = UnsafeByteOperations.unsafeWrap(file.buffer()).newCodedInput();
        // So that the constants stay where they are.
        in.enableAliasing(true);
        return new OptimizedModel(file, ModelProto.parseFrom(in));
      } catch (IOException | RuntimeException | Error e) {
        file.close();
        throw e;
      }
    } finally {
      Files.deleteIfExists(written);
    }
  }

  private static void write(ModelProto model, SessionOptions options, Path to) throws OrtException {
    List<NativeBytes> lent = new ArrayList<>();
    try (DetachedModel detached =
        DetachedModel.of(
            model,
            name -> true,
            bytes -> {
              NativeBytes copy = NativeBytes.copyOf(bytes);
              lent.add(copy);
              return copy.buffer();
            })) {
      detached.lendTo(options);
      options.setOptimizedModelFilePath(to.toString());
      // It warns that the file is for this processor alone, and this session never runs.
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      options.addConfigEntry("session.disable_prepacking", "1");
      OrtEnvironment.getEnvironment().createSession(detached.onnx(), options).close();
    } finally {
      lent.forEach(NativeBytes::close);
    }
  }

  private static NativeBytes read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      NativeBytes bytes = NativeBytes.allocate(channel.size());
      ByteBuffer buffer = bytes.buffer();
      while (buffer.hasRemaining()) {
        if (channel.read(buffer) < 0) {
          bytes.close();
          throw new EOFException(path + " was truncated while it was read");
        }
      }
      return bytes;
    }
  }

  /** The model; the bytes of its constants are valid until this is closed. */
  ModelProto model() {
    return model;
  }

  /** The tensors that some operator reads where they are, and does not pack anew. */
  Set<String> readInPlace() {
    Set<String> names = new HashSet<>();
    for (NodeProto node : model.getGraph().getNodeList()) {
      for (int i = 0; i < node.getInputCount(); i++) {
        if (i != 1 || !PACKING.contains(node.getOpType())) {
          names.add(node.getInput(i));
        }
      }
    }
    return names;
  }

  @Override
  public void close() {
    file.close();
  }
}
