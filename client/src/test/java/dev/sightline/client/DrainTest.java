package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.Problem;
import io.grpc.Status;
import java.io.IOException;
import java.time.Clock;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Drains and breaks, message by message. */
class DrainTest {
  private final Image image = Image.encoded(Pictures.png(4, 4));
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final LiveListener listener =
      new LiveListener() {
        @Override
        public void answered(Answer answer) {
          heard.add(LiveResumeTest.text(answer));
        }

        @Override
        public void interrupted(SightlineException reason) {
          heard.add("interrupted " + reason.reason());
        }

        @Override
        public void failed(SightlineException failure) {
          heard.add("failed " + failure.reason());
        }
      };
  private final FakeServer server;
  private final SightlineClient client;

  DrainTest() throws IOException {
    server = FakeServer.inProcess().scripted();
    client =
        SightlineClient.builder(server.channel())
            .timing(new FastTimer(), Clock.systemUTC())
            .build();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void onlyTheNewestFrameThatWasNotAcceptedIsSentAgain() throws Exception {
    LiveStream live = client.live(LiveResumeTest.model("a"), listener);
    FakeServer.Call old = server.nextCall();
    old.read(20);
    live.send(image);
    live.send(image);
    live.options(LiveResumeTest.model("b"));
    live.send(image);
    live.send(image);
    for (int message = 0; message < 6; message++) {
      old.next();
    }

    old.drain(2);
    FakeServer.Call next = server.nextCall();
    next.read(2);
    assertThat(next.next().getOptions().getModel()).isEqualTo("b");
    assertThat(next.next().getFrame().getSequence()).isEqualTo(4);
    next.explain(4);
    assertThat(heard).isEmpty();
    old.explain(1);
    old.explain(2);
    old.fail(draining());

    assertThat(List.of(taken(), taken(), taken(), taken()))
        .containsExactly("1 fake-net 1", "2 fake-net 1", "3 SUPERSEDED 2", "4 fake-net 2");
    CompletableFuture<Void> closed = CompletableFuture.runAsync(live::close);
    assertThat(FakeServer.taken(next.ends)).isEqualTo("completed");
    next.complete();
    closed.get(10, TimeUnit.SECONDS);
    assertThat(heard).isEmpty();
  }

  @Test
  void aCallThatARefusingServerEndsIsNoInterruption() throws Exception {
    LiveStream live = client.live(Options.defaults(), listener);
    FakeServer.Call first = server.nextCall();
    live.send(image);
    first.readFrames(1);
    first.fail(draining());
    FakeServer.Call second = server.nextCall();
    second.readFrames(1);
    second.fail(draining());
    FakeServer.Call third = server.nextCall();
    third.readFrames(1);
    third.explain(1);
    assertThat(taken()).isEqualTo("1 fake-net 1");
    third.complete();
    assertThat(taken()).isEqualTo("failed PROTOCOL");
    live.close();
  }

  @Test
  void aStreamThatIsClosedStaysForWhatWasAccepted() throws Exception {
    LiveStream live = client.live(Options.defaults(), listener);
    FakeServer.Call call = server.nextCall();
    live.send(image);
    call.readFrames(1);
    CompletableFuture<Void> closed = CompletableFuture.runAsync(live::close);
    assertThat(FakeServer.taken(call.ends)).isEqualTo("completed");
    call.drain(1);
    call.explain(1);
    call.fail(draining());
    closed.get(10, TimeUnit.SECONDS);
    assertThat(heard).containsExactly("1 fake-net 1");
    assertThat(server.calls).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"UNAUTHENTICATED", "PERMISSION_DENIED", "UNIMPLEMENTED", "INVALID_ARGUMENT"})
  void whatTryingAgainDoesNotMendFailsAtOnce(Status.Code code) throws Exception {
    LiveStream live = client.live(Options.defaults(), listener);
    FakeServer.Call call = server.nextCall();
    live.send(image);
    call.readFrames(1);
    call.fail(code.toStatus().asRuntimeException());
    assertThat(taken()).isEqualTo("1 LOST 1");
    assertThat(taken()).startsWith("failed");
    live.close();
    assertThat(server.calls).isEmpty();
  }

  @Test
  void imagesThatWereNotAcceptedAreSentAgainAndKeepTheirPlace() throws Exception {
    try (Stream<Answer> answers = client.explainAll(images(5), Options.defaults())) {
      CompletableFuture<List<String>> read = read(answers);
      FakeServer.Call old = server.nextCall();
      old.readFrames(5);
      old.drain(2);
      FakeServer.Call next = server.nextCall();
      next.readFrames(3);
      for (int i = 3; i <= 5; i++) {
        next.explain(i);
      }
      old.explain(1);
      old.explain(2);
      old.fail(draining());
      next.read(1);
      assertThat(FakeServer.taken(next.ends)).isEqualTo("completed");
      next.complete();
      assertThat(read.get(10, TimeUnit.SECONDS))
          .containsExactly(
              "1 fake-net 1", "2 fake-net 1", "3 fake-net 1", "4 fake-net 1", "5 fake-net 1");
    }
  }

  @Test
  void imagesOfADrainingServerThatDiesAreSentAgainUnderNumbersThatStillGrow() throws Exception {
    try (Stream<Answer> answers = client.explainAll(images(4), Options.defaults())) {
      CompletableFuture<List<String>> read = read(answers);
      FakeServer.Call old = server.nextCall();
      old.readFrames(4);
      old.drain(2);
      FakeServer.Call next = server.nextCall();
      next.readFrames(2);
      old.explain(1);
      old.fail(Status.UNAVAILABLE.asRuntimeException());

      // The end of the batch was in sight, so that the first call may be half-closed by now.
      FakeServer.Call last = server.calls.poll(1, TimeUnit.SECONDS);
      next.read(2);
      next.explain(3);
      next.explain(4);
      FakeServer.Call again = last == null ? next : last;
      again.read(2);
      ExplainStreamRequest request = again.next();
      if (request.hasOptions()) {
        request = again.next();
      }
      assertThat(request.getFrame().getSequence()).isEqualTo(last == null ? 5 : 2);
      again.explain(request.getFrame().getSequence());
      // A server does not complete a call that its client may still send to.
      next.read(1);
      assertThat(FakeServer.taken(next.ends)).isEqualTo("completed");
      next.complete();
      if (last != null) {
        last.read(1);
        assertThat(FakeServer.taken(last.ends)).isEqualTo("completed");
        last.complete();
      }
      assertThat(read.get(10, TimeUnit.SECONDS))
          .containsExactly("1 fake-net 1", "2 fake-net 1", "3 fake-net 1", "4 fake-net 1");
    }
  }

  @Test
  void anImageThatEndsEveryServerEndsTheBatchAfterFive() throws Exception {
    try (Stream<Answer> answers = client.explainAll(images(1), Options.defaults())) {
      CompletableFuture<List<String>> read = read(answers);
      for (int i = 0; i < 5; i++) {
        FakeServer.Call call = server.nextCall();
        call.readFrames(1);
        call.fail(Status.UNAVAILABLE.withDescription("it died").asRuntimeException());
      }
      assertThatThrownBy(() -> read.get(10, TimeUnit.SECONDS))
          .hasRootCauseMessage("UNAVAILABLE: it died");
      assertThat(server.calls).isEmpty();
    }
  }

  private static CompletableFuture<List<String>> read(Stream<Answer> answers) {
    Iterator<Answer> iterator = answers.iterator();
    return CompletableFuture.supplyAsync(
        () ->
            Stream.generate(() -> iterator)
                .takeWhile(Iterator::hasNext)
                .map(Iterator::next)
                .map(LiveResumeTest::text)
                .toList());
  }

  private Stream<Image> images(int count) {
    return Stream.generate(() -> image).limit(count);
  }

  private String taken() throws InterruptedException {
    return FakeServer.taken(heard);
  }

  private static Throwable draining() {
    return FakeServer.failure(
        Problem.newBuilder()
            .setReason(dev.sightline.v1.Reason.REASON_DRAINING)
            .setMessage("the server is going away")
            .build(),
        com.google.rpc.Code.UNAVAILABLE);
  }
}
