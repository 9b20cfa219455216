package dev.sightline.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.v1.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExplainAllTest {
  private final byte[] png = Pictures.png(6, 4);
  private final FakeServer server;
  private final SightlineClient client;

  ExplainAllTest() throws IOException {
    server = FakeServer.inProcess();
    client = SightlineClient.builder(server.channel()).build();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void answersComeInOrderAndNoneIsLost() {
    try (Stream<Answer> answers = client.explainAll(images(300), Options.defaults())) {
      assertThat(answers.map(answer -> answer.orThrow().sequence()))
          .containsExactlyElementsOf(
              IntStream.rangeClosed(1, 300).mapToObj(Long::valueOf).toList());
    }
  }

  @Test
  void aBadImageIsAnsweredInItsPlaceAndTheOthersGoOn() {
    List<Image> images =
        List.of(
            Image.encoded(png),
            Image.of(Path.of("no-such-file.jpg")),
            Image.encoded(new byte[] {1, 2, 3}),
            Image.encoded(png));

    List<Answer> answers;
    try (Stream<Answer> stream = client.explainAll(images, Options.defaults())) {
      answers = stream.toList();
    }

    assertThat(answers).extracting(Answer::isExplained).containsExactly(true, false, false, true);
    assertThat(answers).extracting(Answer::sequence).containsExactly(1L, 2L, 3L, 4L);
    assertThat((Unexplained) answers.get(1))
        .returns(Outcome.INVALID_IMAGE, Unexplained::outcome)
        .returns(Reason.IMAGE_UNREADABLE, Unexplained::reason)
        .returns("there is no file no-such-file.jpg", Unexplained::message);
    assertThat((Unexplained) answers.get(2))
        .returns(Reason.IMAGE_UNREADABLE, Unexplained::reason)
        .returns("3", why -> why.metadata().get("bytes"));
  }

  @Test
  void imagesAreTakenOnlyAsAnswersAreRead() {
    AtomicInteger taken = new AtomicInteger();
    try (Stream<Answer> answers =
        client.explainAll(
            Stream.generate(
                () -> {
                  taken.incrementAndGet();
                  return Image.encoded(png);
                }),
            Options.defaults())) {
      Iterator<Answer> iterator = answers.iterator();
      assertThat(taken).hasValue(0);
      for (int i = 1; i <= 100; i++) {
        assertThat(iterator.next().sequence()).isEqualTo(i);
        assertThat(taken.get()).isBetween(i, i + 32);
      }
    }
  }

  @Test
  void aServerThatReadsNothingIsSentNothing() throws Exception {
    server.scripted();
    AtomicInteger taken = new AtomicInteger();
    SightlineClient hasty =
        SightlineClient.builder(server.channel()).deadline(Duration.ofMillis(50)).build();

    try (Stream<Answer> answers =
        hasty.explainAll(images(100).peek(image -> taken.incrementAndGet()), Options.defaults())) {
      Iterator<Answer> iterator = answers.iterator();
      assertThatThrownBy(iterator::hasNext)
          .isInstanceOfSatisfying(
              SightlineException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.DEADLINE_EXCEEDED));
    }
    assertThat(taken).hasValue(0);
    assertThat(FakeServer.taken(server.nextCall().ends)).isEqualTo("cancelled");
  }

  @Test
  void progressIsToldByTheThreadThatAwaitsTheAnswers() throws Exception {
    server.scripted();
    BlockingQueue<Progress> heard = new LinkedBlockingQueue<>();
    BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
    try (Stream<Answer> answers =
        client.explainAll(
            images(2),
            Options.defaults(),
            progress -> {
              threads.add(Thread.currentThread());
              heard.add(progress);
            })) {
      Iterator<Answer> iterator = answers.iterator();
      FakeServer.Call call = server.nextCall();
      CompletableFuture<Thread> reader =
          CompletableFuture.supplyAsync(
              () -> {
                iterator.forEachRemaining(Answer::orThrow);
                return Thread.currentThread();
              });
      call.readFrames(2);
      // Far more than the answers that may wait to be read: progress takes none of their room.
      for (int done = 1; done <= 100; done++) {
        call.progress(2, done, 100);
        call.somethingNew();
        assertThat(FakeServer.taken(heard)).isEqualTo(new Progress(2, 1, done, 100));
      }
      call.explain(1);
      call.explain(2);
      call.read(1);
      assertThat(FakeServer.taken(call.ends)).isEqualTo("completed");
      call.complete();
      assertThat(List.copyOf(threads)).containsOnly(reader.get(10, SECONDS));
    }
  }

  @Test
  void theCallsOwnFailureIsThrownAfterTheAnswersThatCame() throws Exception {
    server.scripted();
    try (Stream<Answer> answers = client.explainAll(images(5), Options.defaults())) {
      Iterator<Answer> iterator = answers.iterator();
      FakeServer.Call call = server.nextCall();
      CompletableFuture<Answer> first = CompletableFuture.supplyAsync(iterator::next);
      call.readFrames(5);
      call.explain(1);
      assertThat(first.get(10, SECONDS).isExplained()).isTrue();
      call.fail(
          FakeServer.failure(
              Problem.newBuilder()
                  .setReason(dev.sightline.v1.Reason.REASON_INTERNAL)
                  .setMessage("the server failed")
                  .build(),
              com.google.rpc.Code.INTERNAL));

      assertThatThrownBy(iterator::hasNext)
          .isInstanceOf(SightlineException.class)
          .hasMessage("the server failed")
          .returns(Reason.INTERNAL, e -> ((SightlineException) e).reason());
    }
  }

  @Test
  void aServerThatEndsEarlyIsFoundOut() throws Exception {
    server.scripted();
    try (Stream<Answer> answers = client.explainAll(images(5), Options.defaults())) {
      Iterator<Answer> iterator = answers.iterator();
      FakeServer.Call call = server.nextCall();
      CompletableFuture<Answer> first = CompletableFuture.supplyAsync(iterator::next);
      call.readFrames(5);
      call.explain(1);
      call.complete();
      assertThat(first.get(10, SECONDS).isExplained()).isTrue();
      assertThatThrownBy(iterator::hasNext)
          .hasMessage("the server ended the batch before its last answer");
    }
  }

  @Test
  void closingTheAnswersCancelsTheCall() throws Exception {
    server.scripted();
    client.explainAll(images(5), Options.defaults()).close();
    assertThat(FakeServer.taken(server.nextCall().ends)).isEqualTo("cancelled");
  }

  private Stream<Image> images(int n) {
    return Stream.generate(() -> Image.encoded(png)).limit(n);
  }
}
