package dev.sightline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.v1.ExplainStreamRequest;
import dev.sightline.v1.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LiveStreamTest {
  private final Image frame = Image.encoded(Pictures.png(4, 4));
  private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
  private final BlockingQueue<SightlineException> failures = new LinkedBlockingQueue<>();
  private final BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
  private final FakeServer server;
  private final SightlineClient client;

  private final BlockingQueue<Progress> progress = new LinkedBlockingQueue<>();

  private final LiveListener listener =
      new LiveListener() {
        @Override
        public void answered(Answer answer) {
          threads.add(Thread.currentThread());
          answers.add(answer);
        }

        @Override
        public void progress(Progress news) {
          threads.add(Thread.currentThread());
          progress.add(news);
        }

        @Override
        public void failed(SightlineException failure) {
          threads.add(Thread.currentThread());
          failures.add(failure);
        }
      };

  LiveStreamTest() throws IOException {
    server = FakeServer.inProcess();
    client = SightlineClient.builder(server.channel()).build();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void closeWaitsForTheLastAnswerAndEveryFrameHasOne() {
    try (LiveStream live = client.live(Options.defaults(), listener)) {
      for (int i = 1; i <= 200; i++) {
        assertThat(live.send(frame)).isEqualTo(i);
      }
    }
    assertThat(answers).hasSize(200);
    assertThat(answers).extracting(Answer::sequence).isSorted().doesNotHaveDuplicates();
    assertThat(failures).isEmpty();
    assertThat(List.copyOf(threads)).containsOnly(threads.element());
  }

  @Test
  void newestFrameReplacesTheOneThatTheNetworkHasNotTaken() throws Exception {
    server.scripted();
    LiveStream live = client.live(Options.defaults(), listener);
    FakeServer.Call call = server.nextCall();
    call.read(2);
    live.send(frame);
    assertThat(call.next().hasOptions()).isTrue();
    assertThat(call.next().getFrame().getSequence()).isEqualTo(1);

    for (int i = 2; i <= 100; i++) {
      live.send(frame);
    }
    call.read(1);
    assertThat(call.next().getFrame().getSequence()).isEqualTo(100);
    assertThat(answers).isEmpty();

    call.explain(1);
    assertThat(FakeServer.taken(answers).isExplained()).isTrue();
    for (int i = 2; i <= 99; i++) {
      assertThat((Unexplained) FakeServer.taken(answers))
          .returns((long) i, Unexplained::sequence)
          .returns(Outcome.SUPERSEDED, Unexplained::outcome)
          .returns(Reason.SUPERSEDED, Unexplained::reason);
    }
    call.explain(100);
    assertThat(FakeServer.taken(answers).sequence()).isEqualTo(100);
    CompletableFuture<Void> closed = CompletableFuture.runAsync(live::close);
    assertThat(FakeServer.taken(call.ends)).isEqualTo("completed");
    call.complete();
    closed.get(10, TimeUnit.SECONDS);
    assertThat(answers).isEmpty();
    assertThat(failures).isEmpty();
  }

  @Test
  void unchangedFrameNamesTheOneWhoseExplanationHolds() throws Exception {
    server.scripted();
    LiveStream live = client.live(Options.builder().skipUnchanged(3).build(), listener);
    FakeServer.Call call = server.nextCall();
    call.read(4);
    for (int i = 1; i <= 3; i++) {
      live.send(frame);
    }
    assertThat(call.next().getOptions().getUnchangedWithin()).isEqualTo(3);
    call.explain(1);
    call.unchanged(2, 1);
    call.supersede(3);
    assertThat(FakeServer.taken(answers).isExplained()).isTrue();
    Unexplained unchanged = (Unexplained) FakeServer.taken(answers);
    assertThat(unchanged)
        .returns(2L, Unexplained::sequence)
        .returns(1L, Unexplained::generation)
        .returns(Outcome.UNCHANGED, Unexplained::outcome)
        .returns(Reason.UNCHANGED, Unexplained::reason)
        .returns(OptionalLong.of(1), Unexplained::unchangedSince)
        .returns("unchanged since image 1", Unexplained::message);
    assertThat(unchanged.isExplained()).isFalse();
    assertThatThrownBy(unchanged::orThrow).hasMessage("unchanged since image 1");
    assertThat(((Unexplained) FakeServer.taken(answers)).unchangedSince()).isEmpty();
    CompletableFuture<Void> closed = CompletableFuture.runAsync(live::close);
    assertThat(FakeServer.taken(call.ends)).isEqualTo("completed");
    call.complete();
    closed.get(10, TimeUnit.SECONDS);
    assertThat(failures).isEmpty();
  }

  @Test
  void heldFrameIsStillSentWhenTheStreamIsClosed() throws Exception {
    server.scripted();
    LiveStream live = client.live(Options.defaults(), listener);
    FakeServer.Call call = server.nextCall();
    live.send(frame);
    CompletableFuture<Void> closed = CompletableFuture.runAsync(live::close);
    call.read(2);
    assertThat(call.next().hasOptions()).isTrue();
    assertThat(call.next().getFrame().getSequence()).isEqualTo(1);
    assertThat(FakeServer.taken(call.ends)).isEqualTo("completed");
    assertThat(closed).isNotDone();
    call.explain(1);
    call.complete();
    closed.get(10, TimeUnit.SECONDS);
    assertThat(answers).hasSize(1);
  }

  @Test
  void optionsHoldForTheFramesAfterThem() throws Exception {
    server.scripted();
    try (LiveStream live = client.live(Options.builder().model("a").build(), listener)) {
      FakeServer.Call call = server.nextCall();
      call.read(20);
      live.send(frame);
      assertThat(live.options(Options.builder().model("b").build())).isEqualTo(2);
      assertThat(live.options(Options.builder().model("c").build())).isEqualTo(3);
      live.send(frame);
      live.send(frame);

      assertThat(call.next().getOptions().getModel()).isEqualTo("a");
      assertThat(call.next().getFrame().getSequence()).isEqualTo(1);
      assertThat(call.next().getOptions().getModel()).isEqualTo("c");
      assertThat(call.next().getFrame().getSequence()).isEqualTo(2);
      assertThat(call.next().getFrame().getSequence()).isEqualTo(3);
      for (int i = 1; i <= 3; i++) {
        call.explain(i);
      }
      assertThat(FakeServer.taken(answers).generation()).isEqualTo(1);
      assertThat(FakeServer.taken(answers).generation()).isEqualTo(3);
      assertThat(FakeServer.taken(answers).generation()).isEqualTo(3);
      call.complete();
    }
  }

  @Test
  void heldFrameKeepsTheOptionsThatItWasSentUnder() throws Exception {
    server.scripted();
    try (LiveStream live = client.live(Options.builder().model("a").build(), listener)) {
      FakeServer.Call call = server.nextCall();
      live.send(frame);
      live.options(Options.builder().model("b").build());
      call.read(2);
      ExplainStreamRequest first = call.next();
      assertThat(first.getOptions().getModel()).isEqualTo("a");
      assertThat(call.next().getFrame().getSequence()).isEqualTo(1);
      call.explain(1);
      assertThat(FakeServer.taken(answers).generation()).isEqualTo(1);
      call.complete();
    }
  }

  @Test
  void listenerThatThrowsHearsTheNextAnswerAllTheSame() {
    try (LiveStream live =
        client.live(
            Options.defaults(),
            answer -> {
              answers.add(answer);
              throw new IllegalStateException("on purpose");
            })) {
      for (int i = 0; i < 5; i++) {
        live.send(frame);
      }
    }
    assertThat(answers).hasSize(5);
  }

  @Test
  void slowListenerIsNotFloodedWithAnswers() throws Exception {
    server.scripted();
    CompletableFuture<Void> mayGoOn = new CompletableFuture<>();
    LiveStream live =
        client.live(
            Options.defaults(),
            answer -> {
              mayGoOn.join();
              answers.add(answer);
            });
    FakeServer.Call call = server.nextCall();
    for (int i = 1; i <= 40; i++) {
      call.read(i == 1 ? 2 : 1);
      live.send(frame);
      while (call.next().getFrame().getSequence() != i) {
        // The options come before the first frame.
      }
      call.explain(i);
    }
    // Sixteen answers may be under way, and one more for each that the listener was handed.
    assertThat(call.isReady()).isFalse();
    mayGoOn.complete(null);
    CompletableFuture<Void> closed = CompletableFuture.runAsync(live::close);
    assertThat(FakeServer.taken(call.ends)).isEqualTo("completed");
    call.complete();
    closed.get(10, TimeUnit.SECONDS);
    assertThat(answers).hasSize(40);
  }

  @Test
  void progressComesBeforeTheAnswerOnTheListenersThread() throws Exception {
    server.scripted();
    LiveStream live = client.live(Options.defaults(), listener);
    FakeServer.Call call = server.nextCall();
    live.send(frame);
    call.readFrames(1);
    // Far more than the answers that may wait to be read: progress takes none of their room.
    for (int done = 1; done <= 100; done++) {
      call.progress(1, done, 100);
      call.somethingNew();
      assertThat(FakeServer.taken(progress)).isEqualTo(new Progress(1, 1, done, 100));
    }
    call.explain(1);
    assertThat(FakeServer.taken(answers).isExplained()).isTrue();
    CompletableFuture<Void> closed = CompletableFuture.runAsync(live::close);
    assertThat(FakeServer.taken(call.ends)).isEqualTo("completed");
    call.complete();
    closed.get(10, TimeUnit.SECONDS);
    assertThat(failures).isEmpty();
    assertThat(List.copyOf(threads)).containsOnly(threads.element());
  }

  @Test
  void failureOfTheCallAnswersEveryFrameAndIsReportedOnce() throws Exception {
    server.scripted();
    LiveStream live = client.live(Options.defaults(), listener);
    FakeServer.Call call = server.nextCall();
    call.read(3);
    live.send(frame);
    live.send(frame);
    live.send(frame);
    for (int i = 0; i < 3; i++) {
      call.next();
    }
    call.explain(1);
    call.fail(
        FakeServer.failure(
            Problem.newBuilder()
                .setReason(dev.sightline.v1.Reason.REASON_PROTOCOL)
                .setMessage("a frame came before any options")
                .build(),
            com.google.rpc.Code.INVALID_ARGUMENT));

    assertThat(FakeServer.taken(failures).reason()).isEqualTo(Reason.PROTOCOL);
    assertThat(answers).extracting(Answer::isExplained).containsExactly(true, false, false);
    assertThat(answers.stream().skip(1).map(answer -> ((Unexplained) answer).outcome()))
        .containsOnly(Outcome.LOST);
    assertThatThrownBy(() -> live.send(frame))
        .isInstanceOf(SightlineException.class)
        .hasMessage("the stream has failed: a frame came before any options");
    live.close();
    assertThat(failures).isEmpty();
  }

  @Test
  void serverThatEndsByItselfLeavesNoFrameUnanswered() throws Exception {
    server.scripted();
    LiveStream live = client.live(Options.defaults(), listener);
    FakeServer.Call call = server.nextCall();
    live.send(frame);
    call.readFrames(1);
    call.complete();
    assertThat(FakeServer.taken(failures)).hasMessage("the server ended the stream early");
    assertThat((Unexplained) FakeServer.taken(answers)).returns(Outcome.LOST, Unexplained::outcome);
    live.close();
  }

  @Test
  void closeGivesUpWhenTheLastAnswerDoesNotCome() throws Exception {
    server.scripted();
    SightlineClient hasty =
        SightlineClient.builder(server.channel()).deadline(Duration.ofMillis(50)).build();
    LiveStream live = hasty.live(Options.defaults(), listener);
    live.send(frame);
    live.close();
    assertThat((Unexplained) answers.remove())
        .returns(Outcome.LOST, Unexplained::outcome)
        .returns(Reason.DEADLINE_EXCEEDED, Unexplained::reason);
    assertThat(failures.remove()).hasMessage("the last answers did not come in time");
    assertThat(FakeServer.taken(server.nextCall().ends)).isEqualTo("cancelled");
  }

  @Test
  void answerToAnotherFrameEndsTheStream() throws Exception {
    server.scripted();
    LiveStream live = client.live(Options.defaults(), listener);
    FakeServer.Call call = server.nextCall();
    live.send(frame);
    call.readFrames(1);
    call.explain(7);
    assertThat(FakeServer.taken(failures))
        .hasMessage("the server answered image 7 when 1 was due")
        .returns(Reason.PROTOCOL, SightlineException::reason);
    assertThat(FakeServer.taken(call.ends)).isEqualTo("cancelled");
    live.close();
  }

  @Test
  void listenerMayCloseTheStream() {
    CompletableFuture<LiveStream> live = new CompletableFuture<>();
    CompletableFuture<Void> closed = new CompletableFuture<>();
    live.complete(
        client.live(
            Options.defaults(),
            answer -> {
              live.join().close();
              closed.complete(null);
            }));
    live.join().send(frame);
    closed.orTimeout(10, TimeUnit.SECONDS).join();
    live.join().close();
    assertThatThrownBy(() -> live.join().send(frame)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void fileThatCannotBeReadIsNoFrame() {
    try (LiveStream live = client.live(Options.defaults(), listener)) {
      assertThatThrownBy(() -> live.send(Image.of(Path.of("no-such-file.jpg"))))
          .isInstanceOf(SightlineException.class)
          .hasMessage("there is no file no-such-file.jpg");
      assertThat(live.send(frame)).isEqualTo(1);
    }
    assertThat(answers).hasSize(1);
  }
}
