package dev.sightline.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.grpc.RawCall;
import dev.sightline.v1.ExplainRequest;
import io.grpc.Channel;
import io.grpc.Status;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** gRPC calls whose messages are no protobuf, or of methods that there are not. Not thread-safe. */
final class BadWire {
  private static final List<String> METHODS =
      List.of(
          "sightline.v1.ExplanationService/Explain",
          "sightline.v1.ExplanationService/ExplainBatch",
          "sightline.v1.ExplanationService/ExplainStream",
          "sightline.v1.ModelService/GetModel",
          "grpc.health.v1.Health/Check",
          "grpc.reflection.v1.ServerReflection/ServerReflectionInfo");

  /** What bytes may come to; some are a message by chance, and none is the server's fault. */
  private static final Set<Status.Code> SENSIBLE =
      Set.of(Status.Code.OK, Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND);

  private final Channel channel;
  private final byte[] good;
  private final Random random;

  /** Calls on a channel, the same for the same seed. */
  BadWire(Channel channel, ExplainRequest good, Random random) {
    this.channel = channel;
    this.good = good.toByteArray();
    this.random = random;
  }

  /** Makes one call with one bad message. */
  void next() throws Exception {
    String method = METHODS.get(random.nextInt(METHODS.size()));
    switch (random.nextInt(5)) {
      case 0 -> assertSensible(method, noise(random.nextInt(400)));
      case 1 -> assertSensible(method, Arrays.copyOf(good, random.nextInt(good.length)));
      case 2 -> assertSensible(method, changed());
      case 3 -> assertSensible(method, nested(200 + random.nextInt(20_000)));
      default ->
          assertThat(RawCall.status(channel, method + "X", List.of(good)).getCode())
              .isEqualTo(Status.Code.UNIMPLEMENTED);
    }
  }

  /** A message that is small until it is unpacked. */
  void bomb() throws Exception {
    Status status = RawCall.bomb(channel, METHODS.get(random.nextInt(METHODS.size())));
    assertThat(status.getCode()).as("%s", status).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  /** No message, or one too many, where there must be one. */
  void miscounted() throws Exception {
    List<byte[]> messages = random.nextBoolean() ? List.of() : List.of(good, good);
    assertThat(RawCall.status(channel, METHODS.get(0), messages).isOk()).isFalse();
  }

  private void assertSensible(String method, byte[] message) throws Exception {
    Status status = RawCall.status(channel, method, List.of(message));
    assertThat(status.getCode()).as("%s: %s", method, status).isIn(SENSIBLE);
  }

  private byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] changed() {
    byte[] bytes = good.clone();
    for (int changes = 1 + random.nextInt(20); changes > 0; changes--) {
      bytes[random.nextInt(random.nextBoolean() ? 16 : bytes.length)] = (byte) random.nextInt();
    }
    return bytes;
  }

  /** Groups within groups: the start of field 15's, again and again. */
  private static byte[] nested(int depth) {
    byte[] bytes = new byte[depth];
    Arrays.fill(bytes, (byte) (15 << 3 | 3));
    return bytes;
  }
}
