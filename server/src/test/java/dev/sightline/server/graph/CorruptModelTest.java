package dev.sightline.server.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models with random bytes changed are read or refused, but never fail in another way. */
class CorruptModelTest {
  private static final int MODELS = 600;

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void changedBytesAreRefusedOrHarmless(long seed) {
    Random random = new Random(seed);
    byte[] good = SmallNetworks.mobile(random).toByteArray();
    int refused = 0;
    for (int i = 0; i < MODELS; i++) {
      byte[] bad = good.clone();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      refused += refused(bad) ? 1 : 0;
    }
    assertThat(refused).isBetween(MODELS / 4, MODELS);
  }

  private static boolean refused(byte[] bytes) {
    try {
      Graph graph = Graph.of(ModelProto.parseFrom(bytes));
      return graph.explain(graph.defaultLayer().name()).onnx().length == 0;
    } catch (GraphException | InvalidProtocolBufferException expected) {
      return true;
    }
  }
}
