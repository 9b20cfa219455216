package dev.sightline.server.model.convert;

import com.google.flatbuffers.Table;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A TensorFlow Lite file: its tensors and the operators of its one subgraph, in the order in which
 * they run.
 *
 * <p>The file is a FlatBuffer of the published schema (schema.fbs, version 3); the few fields that
 * are needed are read by their numbers. What an offset of a damaged file points to is checked by
 * the buffer itself, and comes out as a {@link ConversionException}.
 */
final class TfliteFile {
  private static final int IDENTIFIER_AT = 4;
  private static final int VERSION = 3;
  private static final int FLOAT32 = 0;
  private static final int INT32 = 2;

  private static final List<String> TYPES =
      List.of(
          "FLOAT32",
          "FLOAT16",
          "INT32",
          "UINT8",
          "INT64",
          "STRING",
          "BOOL",
          "INT16",
          "COMPLEX64",
          "INT8");

  /**
   * A tensor.
   *
   * @param name its name in TensorFlow
   * @param shape its dimensions
   * @param type its type, as a number of the schema
   * @param data its constant value, or nothing if it is computed
   */
  record Tensor(String name, int[] shape, int type, Optional<ByteBuffer> data) {
    /** True if it is stored in the file. */
    boolean isConstant() {
      return data.isPresent();
    }

    /** Its constant value as floats. */
    float[] floats() {
      float[] values = new float[size(FLOAT32)];
      constant().asFloatBuffer().get(values);
      return values;
    }

    /** Its constant value as integers. */
    int[] integers() {
      int[] values = new int[size(INT32)];
      constant().asIntBuffer().get(values);
      return values;
    }

    private int size(int wanted) {
      if (type != wanted) {
        throw new ConversionException(
            "tensor '%s' is %s where %s is wanted; only networks with float weights are converted"
                .formatted(name, typeName(type), typeName(wanted)));
      }
      int size = 1;
      for (int dimension : shape) {
        size = Math.multiplyExact(size, dimension);
      }
      if (constant().remaining() != size * 4L) {
        throw new ConversionException(
            "tensor '%s' holds %d bytes where its shape wants %d"
                .formatted(name, constant().remaining(), size * 4L));
      }
      return size;
    }

    private ByteBuffer constant() {
      return data.orElseThrow(
              () -> new ConversionException("tensor '%s' is not a constant".formatted(name)))
          .duplicate()
          .order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /**
   * An operator.
   *
   * @param code its builtin code
   * @param customName its name if it is a custom one, else empty
   * @param inputs its tensors, -1 for one left out
   * @param output its first result
   * @param options its settings
   */
  record Operator(int code, String customName, int[] inputs, int output, Options options) {
    /** Its name in the schema. */
    String name() {
      return customName.isEmpty() ? TfliteOperators.name(code) : "custom " + customName;
    }
  }

  /**
   * The settings of an operator, by the numbers of their fields; a field left out has a default.
   */
  record Options(Optional<Node> table) {
    int integer(int field, int otherwise) {
      return table.map(node -> node.integer(field, otherwise)).orElse(otherwise);
    }

    int octet(int field, int otherwise) {
      return table.map(node -> node.octet(field, otherwise)).orElse(otherwise);
    }
  }

  private final List<Tensor> tensors = new ArrayList<>();
  private final List<Operator> operators = new ArrayList<>();
  private final int[] inputs;
  private final int[] outputs;

  private TfliteFile(Node model) {
    if (model.integer(0, 0) != VERSION) {
      throw new ConversionException(
          "TensorFlow Lite schema version %d is not %d".formatted(model.integer(0, 0), VERSION));
    }
    List<Node> graphs = model.nodes(2);
    if (graphs.size() != 1) {
      throw new ConversionException("%d subgraphs where one is wanted".formatted(graphs.size()));
    }
    List<Node> buffers = model.nodes(4);
    for (Node tensor : graphs.get(0).nodes(0)) {
      int buffer = tensor.integer(2, 0);
      // Buffer 0 is empty by convention: what refers to it is computed.
      Optional<ByteBuffer> data =
          buffer == 0
              ? Optional.empty()
              : buffers.get(buffer).bytes(0).filter(b -> b.hasRemaining());
      tensors.add(new Tensor(tensor.text(3), tensor.integers(0), tensor.octet(1, 0), data));
    }
    List<Node> codes = model.nodes(1);
    for (Node operator : graphs.get(0).nodes(3)) {
      Node code = codes.get(operator.integer(0, 0));
      // Codes up to 127 are in the old field, those above in the new one.
      int builtin = Math.max(code.octet(0, 0), code.integer(3, 0));
      operators.add(
          new Operator(
              builtin,
              code.text(1),
              operator.integers(1),
              operator.integers(2)[0],
              new Options(operator.node(4))));
    }
    inputs = graphs.get(0).integers(1);
    outputs = graphs.get(0).integers(2);
  }

  /**
   * Reads a file.
   *
   * @throws ConversionException if it is not a TensorFlow Lite file, or is damaged
   */
  static TfliteFile read(byte[] bytes) {
    if (bytes.length < 8
        || !new String(bytes, IDENTIFIER_AT, 4, StandardCharsets.US_ASCII).equals("TFL3")) {
      throw new ConversionException("not a TensorFlow Lite file");
    }
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      return new TfliteFile(new Node(buffer, buffer.getInt(0)));
    } catch (IndexOutOfBoundsException | IllegalArgumentException | NegativeArraySizeException e) {
      throw new ConversionException("a damaged or truncated TensorFlow Lite file", e);
    }
  }

  Tensor tensor(int index) {
    return tensors.get(index);
  }

  List<Operator> operators() {
    return operators;
  }

  /** The one tensor that goes in. */
  int input() {
    return only(inputs, "inputs");
  }

  /** The one tensor that comes out. */
  int output() {
    return only(outputs, "outputs");
  }

  private static int only(int[] tensors, String what) {
    if (tensors.length != 1) {
      throw new ConversionException("%d %s where one is wanted".formatted(tensors.length, what));
    }
    return tensors[0];
  }

  private static String typeName(int type) {
    return type >= 0 && type < TYPES.size() ? TYPES.get(type) : "type " + type;
  }

  /** A table of the FlatBuffer. Field n of a table has its offset in slot 4 + 2n of its vtable. */
  static final class Node extends Table {
    Node(ByteBuffer buffer, int position) {
      __reset(position, buffer);
    }

    int integer(int field, int otherwise) {
      int offset = __offset(4 + 2 * field);
      return offset == 0 ? otherwise : bb.getInt(bb_pos + offset);
    }

    int octet(int field, int otherwise) {
      int offset = __offset(4 + 2 * field);
      return offset == 0 ? otherwise : bb.get(bb_pos + offset);
    }

    String text(int field) {
      int offset = __offset(4 + 2 * field);
      return offset == 0 ? "" : __string(bb_pos + offset);
    }

    Optional<Node> node(int field) {
      int offset = __offset(4 + 2 * field);
      return offset == 0
          ? Optional.empty()
          : Optional.of(new Node(bb, __indirect(bb_pos + offset)));
    }

    int[] integers(int field) {
      int offset = __offset(4 + 2 * field);
      int[] values = new int[offset == 0 ? 0 : length(offset)];
      for (int i = 0; i < values.length; i++) {
        values[i] = bb.getInt(__vector(offset) + 4 * i);
      }
      return values;
    }

    Optional<ByteBuffer> bytes(int field) {
      int offset = __offset(4 + 2 * field);
      return offset == 0
          ? Optional.empty()
          : Optional.of(bb.slice(__vector(offset), length(offset)));
    }

    List<Node> nodes(int field) {
      int offset = __offset(4 + 2 * field);
      List<Node> nodes = new ArrayList<>();
      for (int i = 0; i < (offset == 0 ? 0 : length(offset)); i++) {
        nodes.add(new Node(bb, __indirect(__vector(offset) + 4 * i)));
      }
      return nodes;
    }

    // A damaged length must not become a huge allocation.
    private int length(int offset) {
      int length = __vector_len(offset);
      if (length < 0 || length > bb.capacity()) {
        throw new IndexOutOfBoundsException(length);
      }
      return length;
    }
  }
}
