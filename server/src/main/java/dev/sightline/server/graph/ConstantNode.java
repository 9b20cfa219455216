package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;

/** Reads the value of a Constant node, which may be written in any of several attributes. */
final class ConstantNode {
  private ConstantNode() {}

  /** The node's value as a tensor of its output's name. */
  static TensorProto value(Node node) {
    for (AttributeProto attribute : node.proto().getAttributeList()) {
      TensorProto.Builder tensor =
          switch (attribute.getName()) {
            case "value" -> attribute.getT().toBuilder();
            case "value_float" -> of(DataType.FLOAT).addFloatData(attribute.getF());
            case "value_floats" ->
                of(DataType.FLOAT)
                    .addDims(attribute.getFloatsCount())
                    .addAllFloatData(attribute.getFloatsList());
            case "value_int" -> of(DataType.INT64).addInt64Data(attribute.getI());
            case "value_ints" ->
                of(DataType.INT64)
                    .addDims(attribute.getIntsCount())
                    .addAllInt64Data(attribute.getIntsList());
            default -> throw new GraphException(node + " holds no numbers");
          };
      return tensor.setName(node.output()).build();
    }
    throw new GraphException(node + " has no value");
  }

  private static TensorProto.Builder of(DataType type) {
    return TensorProto.newBuilder().setDataType(type.getNumber());
  }
}
