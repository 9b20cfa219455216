package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.v1.ExplainStreamRequest;
import io.grpc.stub.ClientCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FrameCallTest {
  private final Wire wire = new Wire();
  private final FrameCall<ExplainStreamRequest, ?> call =
      new FrameCall<>(Protocol.LIVE, new Deaf(), 1);

  /** Else the stream's end would take it for one that never began, and its frame would be gone. */
  @Test
  void callThatTookAFrameCountsAsConnectedThoughTheTransportHasNotSaidSoYet() throws Exception {
    call.beforeStart(wire);
    assertThat(call.isReady()).isTrue();
    assertThat(call.wasConnected()).isFalse();

    Image image = MortalServer.image(1);
    call.send(new Outgoing(1, 1, Options.defaults(), image, image.toProto()));

    assertThat(wire.sent).hasSize(2);
    assertThat(call.wasConnected()).isTrue();
  }

  /** Takes messages, and tells nobody. */
  private static final class Wire extends ClientCallStreamObserver<ExplainStreamRequest> {
    final List<ExplainStreamRequest> sent = new ArrayList<>();

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void onNext(ExplainStreamRequest request) {
      sent.add(request);
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void disableAutoRequestWithInitial(int count) {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }

  private static final class Deaf implements FrameCall.Owner {
    @Override
    public void locked(Runnable change) {
      change.run();
    }

    @Override
    public void ready(FrameCall<?, ?> call) {}

    @Override
    public void answered(
        FrameCall<?, ?> call, Outgoing frame, dev.sightline.v1.Explanation answer) {}

    @Override
    public void progressed(FrameCall<?, ?> call, Outgoing frame, int done, int total) {}

    @Override
    public void drained(FrameCall<?, ?> call, List<Outgoing> frames) {}

    @Override
    public void ended(FrameCall<?, ?> call, @Nullable Throwable failure) {}
  }
}
