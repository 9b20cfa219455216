package dev.sightline.server.model.convert;

import com.google.flatbuffers.FlatBufferBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A TensorFlow Lite file, built tensor by tensor. */
final class TfliteFixture {
  /** A field of an operator's options: a byte (an enum or a flag) or an int. */
  record Setting(int field, boolean octet, int value) {}

  static Setting octet(int field, int value) {
    return new Setting(field, true, value);
  }

  static Setting integer(int field, int value) {
    return new Setting(field, false, value);
  }

  private record Tensor(String name, int[] shape, int type, byte[] data) {}

  private record Operator(int code, int[] inputs, int output, List<Setting> options) {}

  private final List<Tensor> tensors = new ArrayList<>();
  private final List<Operator> operators = new ArrayList<>();

  int input(int height, int width, int channels) {
    return tensor("input", new int[] {1, height, width, channels}, 0, new byte[0]);
  }

  int floats(float[] values, int... shape) {
    ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return tensor("constant" + tensors.size(), shape, 0, data.array());
  }

  int integers(int[] values, int... shape) {
    ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asIntBuffer().put(values);
    return tensor("constant" + tensors.size(), shape, 2, data.array());
  }

  int octets(byte[] values, int... shape) {
    return tensor("constant" + tensors.size(), shape, 9, values);
  }

  /** Adds an operator and the tensor that it makes. */
  int operator(int code, String name, int[] shape, int[] inputs, Setting... options) {
    int output = tensor(name, shape, 0, new byte[0]);
    operators.add(new Operator(code, inputs, output, List.of(options)));
    return output;
  }

  byte[] build(int input, int output) {
    FlatBufferBuilder file = new FlatBufferBuilder();
    List<Integer> buffers = new ArrayList<>();
    List<Integer> written = new ArrayList<>();
    buffers.add(buffer(file, new byte[0]));
    for (Tensor tensor : tensors) {
      int number = 0;
      if (tensor.data().length > 0) {
        number = buffers.size();
        buffers.add(buffer(file, tensor.data()));
      }
      int name = file.createString(tensor.name());
      int shape = integers(file, tensor.shape());
      file.startTable(4);
      file.addOffset(0, shape, 0);
      file.addByte(1, (byte) tensor.type(), 0);
      file.addInt(2, number, 0);
      file.addOffset(3, name, 0);
      written.add(file.endTable());
    }
    List<Integer> codes = new ArrayList<>();
    List<Integer> steps = new ArrayList<>();
    for (Operator operator : operators) {
      file.startTable(4);
      file.addByte(0, (byte) Math.min(operator.code(), 127), 0);
      file.addInt(3, operator.code(), 0);
      codes.add(file.endTable());
      steps.add(step(file, operator, codes.size() - 1));
    }
    int tensorVector = offsets(file, written);
    int inputs = integers(file, input);
    int outputs = integers(file, output);
    int stepVector = offsets(file, steps);
    file.startTable(5);
    file.addOffset(0, tensorVector, 0);
    file.addOffset(1, inputs, 0);
    file.addOffset(2, outputs, 0);
    file.addOffset(3, stepVector, 0);
    int graphs = offsets(file, List.of(file.endTable()));
    int codeVector = offsets(file, codes);
    int bufferVector = offsets(file, buffers);
    file.startTable(5);
    file.addInt(0, 3, 0);
    file.addOffset(1, codeVector, 0);
    file.addOffset(2, graphs, 0);
    file.addOffset(4, bufferVector, 0);
    file.finish(file.endTable(), "TFL3");
    return file.sizedByteArray();
  }

  private static int step(FlatBufferBuilder file, Operator operator, int code) {
    int inputs = integers(file, operator.inputs());
    int outputs = integers(file, operator.output());
    file.startTable(8);
    for (Setting setting : operator.options()) {
      if (setting.octet()) {
        file.addByte(setting.field(), (byte) setting.value(), 0);
      } else {
        file.addInt(setting.field(), setting.value(), 0);
      }
    }
    int options = file.endTable();
    file.startTable(5);
    file.addInt(0, code, 0);
    file.addOffset(1, inputs, 0);
    file.addOffset(2, outputs, 0);
    file.addOffset(4, options, 0);
    return file.endTable();
  }

  private static int buffer(FlatBufferBuilder file, byte[] bytes) {
    int data = file.createByteVector(bytes);
    file.startTable(1);
    file.addOffset(0, data, 0);
    return file.endTable();
  }

  private static int integers(FlatBufferBuilder file, int... values) {
    file.startVector(4, values.length, 4);
    for (int i = values.length - 1; i >= 0; i--) {
      file.addInt(values[i]);
    }
    return file.endVector();
  }

  private static int offsets(FlatBufferBuilder file, List<Integer> tables) {
    return file.createVectorOfTables(tables.stream().mapToInt(Integer::intValue).toArray());
  }

  private int tensor(String name, int[] shape, int type, byte[] data) {
    tensors.add(new Tensor(name, shape, type, data));
    return tensors.size() - 1;
  }
}
