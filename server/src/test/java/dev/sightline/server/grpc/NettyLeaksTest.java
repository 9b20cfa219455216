package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What says that nothing leaks must be able to say otherwise. */
class NettyLeaksTest {
  private final NettyLeaks leaks = new NettyLeaks();

  private static void use(boolean release) {
    ByteBuf buffer = UnpooledByteBufAllocator.DEFAULT.directBuffer(64);
    buffer.writeLong(1);
    if (release) {
      buffer.release();
    }
  }

  @Test
  void bufferThatIsForgottenIsReported() {
    leaks.start();
    use(false);
    List<String> reports = leaks.stop();
    assertThat(reports).hasSize(1);
    assertThat(reports.get(0)).contains("was not called before it's garbage-collected");
  }

  @Test
  void classOfTestsThatLeaksFails() {
    leaks.start();
    use(false);
    assertThatThrownBy(leaks::verify)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("LEAK");
  }

  @Test
  void buffersThatAreReleasedAreNot() {
    leaks.start();
    for (int i = 0; i < 1000; i++) {
      use(true);
    }
    assertThat(leaks.stop()).isEmpty();
  }
}
