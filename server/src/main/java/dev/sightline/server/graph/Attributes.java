package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import com.google.protobuf.ByteString;

/** The attributes of an ONNX node, each made from its name and value. */
public final class Attributes {
  private Attributes() {}

  /** An attribute of type INT. */
  public static AttributeProto integer(String name, long value) {
    return named(name, AttributeType.INT).setI(value).build();
  }

  /** An attribute of type INTS. */
  public static AttributeProto integers(String name, long... values) {
    AttributeProto.Builder attribute = named(name, AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }

  /** An attribute of type FLOAT. */
  public static AttributeProto real(String name, float value) {
    return named(name, AttributeType.FLOAT).setF(value).build();
  }

  /** An attribute of type FLOATS. */
  public static AttributeProto reals(String name, float... values) {
    AttributeProto.Builder attribute = named(name, AttributeType.FLOATS);
    for (float value : values) {
      attribute.addFloats(value);
    }
    return attribute.build();
  }

  /** An attribute of type STRING. */
  public static AttributeProto text(String name, String value) {
    return named(name, AttributeType.STRING).setS(ByteString.copyFromUtf8(value)).build();
  }

  private static AttributeProto.Builder named(String name, AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setType(type);
  }
}
