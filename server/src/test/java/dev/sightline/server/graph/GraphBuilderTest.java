package dev.sightline.server.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GraphBuilderTest {
  @Test
  void whatIsBuiltRunsInOnnxRuntime() throws OrtException {
    GraphBuilder graph = new GraphBuilder("tiny").input("input", 1, 2, 2);
    graph.initializer("w", new float[] {2, -1}, 2, 1, 1, 1);
    graph.initializer("shape", new long[] {0, 2, -1}, 3);
    graph.node("Conv", List.of("input", "w"), "conv", Attributes.integers("kernel_shape", 1, 1));
    graph.node("LeakyRelu", List.of("conv"), "leaky", Attributes.real("alpha", 0.5f));
    graph.node("Reshape", List.of("leaky", "shape"), "rows");
    graph.node(
        "ReduceMean",
        List.of("rows"),
        "logits",
        Attributes.integers("axes", 2),
        Attributes.integer("keepdims", 0));
    ModelProto model = graph.output("logits", 2).build();

    OrtEnvironment environment = OnnxRuntime.environment();
    try (OrtSession session = environment.createSession(model.toByteArray());
        OnnxTensor input =
            OnnxTensor.createTensor(
                environment, FloatBuffer.wrap(new float[] {1, 2, 3, 4}), new long[] {1, 1, 2, 2});
        OrtSession.Result result = session.run(Map.of("input", input))) {
      assertThat((float[][]) result.get(0).getValue()).isDeepEqualTo(new float[][] {{5f, -1.25f}});
    }
  }

  @Test
  void firstDimensionIsSymbolic() {
    ModelProto model =
        new GraphBuilder("rows").input("row", DataType.INT64, "R").opset(18).irVersion(9).build();
    var type = model.getGraph().getInput(0).getType().getTensorType();
    assertThat(type.getElemType()).isEqualTo(DataType.INT64.getNumber());
    assertThat(type.getShape().getDimList()).hasSize(1);
    assertThat(type.getShape().getDim(0).getDimParam()).isEqualTo("R");
    assertThat(model.getOpsetImport(0).getVersion()).isEqualTo(18);
    assertThat(model.getIrVersion()).isEqualTo(9);
  }

  @Test
  void namesAreDefinedOnceAndBeforeTheirUse() {
    GraphBuilder graph = new GraphBuilder("names").input("input", 3, 4, 4);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> graph.node("Relu", List.of("missing"), "y"))
        .withMessage("'missing' is used before it is defined");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> graph.node("Relu", List.of("input"), "input"))
        .withMessage("'input' is defined twice");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> graph.initializer("w", new float[3], 2, 2))
        .withMessage("constant 'w' of shape [2, 2] was given 3 values");
  }
}
