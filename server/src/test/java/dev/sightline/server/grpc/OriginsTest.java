package dev.sightline.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sightline.server.batch.BatchLimits;
import dev.sightline.server.batch.Batcher;
import dev.sightline.server.batch.FakeBackend;
import dev.sightline.server.batch.Origin;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.stream.StreamLimits;
import dev.sightline.v1.ExplainRequest;
import dev.sightline.v1.ExplanationServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class OriginsTest {

  @Test
  void aWorkersErrorNamesTheCallAndWhatItsClientCallsIt() throws Exception {
    Logger log = (Logger) LoggerFactory.getLogger(Batcher.class.getPackageName());
    ListAppender<ILoggingEvent> lines =
        new ListAppender<>() {
          @Override
          protected void append(ILoggingEvent line) {
            // What the thread is at would otherwise be asked for by another thread.
            line.prepareForDeferredProcessing();
            super.append(line);
          }
        };
    lines.start();
    Level level = log.getLevel();
    log.addAppender(lines);
    log.setAdditive(false);
    log.setLevel(Level.ERROR);
    PixelModel model = new PixelModel(4);
    Batcher batcher = new Batcher(BatchLimits.DEFAULT, System::nanoTime);
    batcher.start(1);
    SightlineServer server =
        SightlineServer.start(
            ServerSettings.LOOPBACK, StreamLimits.DEFAULT, batcher, model.planner(), model);
    ManagedChannel channel = NettyChannelBuilder.forTarget(server.address()).usePlaintext().build();
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of(Origin.NAME_HEADER, Metadata.ASCII_STRING_MARSHALLER), "gate {3}");
    try {
      assertThatThrownBy(
              () ->
                  ExplanationServiceGrpc.newBlockingStub(channel)
                      .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                      .explain(
                          ExplainRequest.newBuilder()
                              .setImage(PixelModel.image(FakeBackend.POISON))
                              .build()))
          .isInstanceOf(StatusRuntimeException.class);
    } finally {
      channel.shutdownNow();
      server.close();
      batcher.close();
      log.setLevel(level);
      log.setAdditive(true);
      log.detachAppender(lines);
    }
    List<ILoggingEvent> errors =
        lines.list.stream()
            .filter(line -> line.getFormattedMessage().startsWith("A pass of one frame"))
            .filter(line -> "gate _3_".equals(line.getMDCPropertyMap().get(Origin.STREAM_NAME)))
            .toList();
    assertThat(errors).hasSize(1);
    assertThat(errors.get(0).getMDCPropertyMap().get(Origin.STREAM)).matches("unary-\\d+");
  }

  @Test
  void aNameIsCutAndHoldsNoCharacterThatMeansSomething() {
    Origin origin =
        Origin.of(
            Origin.Kind.LIVE,
            header -> header.equals(Origin.NAME_HEADER) ? "a\"b\n" + "x".repeat(100) : null);
    assertThat(origin.name()).isEqualTo("a_b_" + "x".repeat(60));
  }
}
