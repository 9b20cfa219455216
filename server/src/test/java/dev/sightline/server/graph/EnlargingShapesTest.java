package dev.sightline.server.graph;

import static dev.sightline.server.graph.Attributes.integer;
import static dev.sightline.server.graph.Attributes.integers;
import static dev.sightline.server.graph.Attributes.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Shapes of what makes maps larger, 4 × 5 × 6 before, against ONNX Runtime. */
class EnlargingShapesTest {
  private static final int FRAMES = 3;

  private final GraphBuilder graph = new GraphBuilder("larger").input("x", 4, 5, 6);
  private int count;

  @Test
  void transposedConvolutions() throws OrtException {
    graph.initializer("w", new float[4 * 2 * 3 * 2], 4, 2, 3, 2);
    check(larger());
    check(larger(integers("strides", 2, 3)));
    check(larger(integers("strides", 2, 3), integers("pads", 1, 0, 0, 1)));
    check(larger(integers("strides", 2, 2), integers("output_padding", 1, 0)));
    check(larger(integers("dilations", 2, 3)));
    check(larger(integer("group", 2)));
    check(larger(integers("strides", 2, 3), text("auto_pad", "SAME_UPPER")));
    check(larger(integers("strides", 2, 3), text("auto_pad", "VALID")));
    check(larger(integers("strides", 2, 2), integers("output_shape", 11, 12)));
  }

  private String larger(AttributeProto... attributes) {
    return graph.node("ConvTranspose", List.of("x", "w"), "large" + count++, attributes);
  }

  @Test
  void resizing() throws OrtException {
    graph.initializer("scales", new float[] {1, 1, 1.7f, 2}, 4);
    check(graph.node("Resize", List.of("x", "", "scales"), "scaled"));
    graph.node("Shape", List.of("x"), "shape");
    graph.initializer("zero", new long[] {0}, 1);
    graph.initializer("one", new long[] {1}, 1);
    graph.node("Slice", List.of("shape", "zero", "one"), "frames");
    graph.initializer("rest", new long[] {4, 13, 7}, 3);
    graph.node("Concat", List.of("frames", "rest"), "sizes", integer("axis", 0));
    check(graph.node("Resize", List.of("x", "", "", "sizes"), "sized"));
  }

  @Test
  void channelsIntoSpace() throws OrtException {
    check(graph.node("DepthToSpace", List.of("x"), "spread", integer("blocksize", 2)));
  }

  @Test
  void whatDoesNotFitOrMixesTheFramesIsRefused() {
    graph.initializer("w", new float[3], 3, 1, 1, 1);
    refused(
        graph.node("ConvTranspose", List.of("x", "w"), "wrong"),
        "node 'wrong' (ConvTranspose): weights [3×1×1×1] do not fit an input of shape [N×4×5×6]");
    graph.initializer("twice", new float[] {2, 1, 1, 1}, 4);
    refused(
        graph.node("Resize", List.of("x", "", "twice"), "frames"),
        "node 'frames' (Resize): resizes the batch, or is fixed to one");
    graph.initializer("two", new float[] {2, 2}, 2);
    refused(
        graph.node("Resize", List.of("x", "", "two"), "short"),
        "node 'short' (Resize): states no size for every axis of [N×4×5×6]");
    refused(
        graph.node("DepthToSpace", List.of("x"), "blocks", integer("blocksize", 3)),
        "node 'blocks' (DepthToSpace): blocks of 3 do not fit [N×4×5×6]");
  }

  private void refused(String tensor, String why) {
    assertThatThrownBy(() -> shape(tensor)).isInstanceOf(GraphException.class).hasMessage(why);
  }

  private Shape shape(String tensor) {
    var model = graph.build().getGraph();
    Map<String, Constant> constants = new HashMap<>();
    model.getInitializerList().forEach(c -> constants.put(c.getName(), new Constant(c)));
    return Shapes.infer(
            model.getNodeList().stream().map(Node::new).toList(),
            constants,
            Map.of("x", Shape.of(Shape.BATCH, 4, 5, 6)),
            Map.of())
        .shape(tensor);
  }

  private void check(String tensor) throws OrtException {
    var model = graph.build().toBuilder();
    model.getGraphBuilder().clearOutput().addOutput(ValueInfoProto.newBuilder().setName(tensor));
    FloatBuffer zeros = FloatBuffer.allocate(FRAMES * 4 * 5 * 6);
    try (OrtSession session = OnnxRuntime.environment().createSession(model.build().toByteArray());
        OnnxTensor x =
            OnnxTensor.createTensor(
                OnnxRuntime.environment(), zeros, new long[] {FRAMES, 4, 5, 6});
        OrtSession.Result result = session.run(Map.of("x", x))) {
      assertThat(shape(tensor).with(0, FRAMES))
          .as(tensor)
          .isEqualTo(Shape.of(((TensorInfo) result.get(0).getInfo()).getShape()));
    }
  }
}
