package dev.sightline.server.process;

import dev.sightline.client.Answer;
import dev.sightline.client.Image;
import dev.sightline.client.Options;
import dev.sightline.client.SightlineClient;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** An image batch by the client SDK that has more images until it is closed. */
final class Album {
  final Answers answers = new Answers();
  private final CompletableFuture<Void> reader;
  private volatile boolean closed;
  private volatile long sent;

  Album(SightlineClient client) {
    reader = CompletableFuture.runAsync(() -> read(client));
  }

  private void read(SightlineClient client) {
    Stream<Image> images =
        LongStream.iterate(1, number -> number + 1)
            .takeWhile(number -> !closed)
            .peek(number -> sent = number)
            .mapToObj(NumberedImage::of);
    try (Stream<Answer> all = client.explainAll(images, Options.defaults())) {
      all.forEach(answers::add);
    } catch (RuntimeException e) {
      answers.failed(e);
    }
  }

  /** Ends the batch; every image was explained. */
  void close() throws Exception {
    closed = true;
    reader.get(60, TimeUnit.SECONDS);
    answers.check(sent);
  }
}
