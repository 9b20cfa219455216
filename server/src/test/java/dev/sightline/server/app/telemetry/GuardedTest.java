package dev.sightline.server.app.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.batch.Telemetry;
import dev.sightline.server.grpc.ServerSettings;
import dev.sightline.server.grpc.SightlineServer;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplanationOrBuilder;
import dev.sightline.v1.ExplanationServiceGrpc;
import dev.sightline.v1.Outcome;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class GuardedTest {

  /** Fails at one event, and notes those that it heard. */
  private static final class Failing implements Telemetry, Telemetry.Call, Telemetry.Frame {
    private final String event;
    private final Set<String> heard = new TreeSet<>();

    Failing(String event) {
      this.event = event;
    }

    private synchronized void hear(String what) {
      heard.add(what);
      if (what.equals(event)) {
        throw new StackOverflowError("telemetry is broken at " + what);
      }
    }

    @Override
    public Call opened(Origin origin) {
      hear("opened");
      return this;
    }

    @Override
    public void passed(String lane, int frames, int rows, long nanos, long oldestNanos) {
      hear("pass");
    }

    @Override
    public Frame accepted(long sequence, long arrival) {
      hear("accepted");
      return this;
    }

    @Override
    public void passed(long start, long end, int frames) {
      hear("passed");
    }

    @Override
    public void answered(ExplanationOrBuilder answer) {
      hear("answered");
    }

    @Override
    public void closed() {
      hear("closed");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"opened", "pass", "accepted", "passed", "answered", "closed"})
  void telemetryThatFailsBreaksNoAnswer(String event) {
    PixelModel model = new PixelModel(4);
    Failing failing = new Failing(event);
    Outcome outcome;
    try (Batcher batcher =
            new Batcher(BatchLimits.DEFAULT, System::nanoTime, new Guarded(failing));
        SightlineServer server = server(batcher, model)) {
      batcher.start(1);
      ManagedChannel channel =
          NettyChannelBuilder.forTarget(server.address()).usePlaintext().build();
      outcome =
          ExplanationServiceGrpc.newBlockingStub(channel)
              .explain(ExplainRequest.newBuilder().setImage(PixelModel.image(2)).build())
              .getExplanation()
              .getOutcome();
      channel.shutdownNow();
    }
    assertThat(outcome).isEqualTo(Outcome.OUTCOME_EXPLAINED);
    assertThat(failing.heard).contains(event);
  }

  private static SightlineServer server(Batcher batcher, PixelModel model) {
    try {
      return SightlineServer.start(
          ServerSettings.LOOPBACK, StreamLimits.DEFAULT, batcher, model.planner(), model);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
