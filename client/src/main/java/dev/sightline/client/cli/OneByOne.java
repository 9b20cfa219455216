package dev.sightline.client.cli;

import dev.sightline.client.Answer;
import dev.sightline.client.Image;
import dev.sightline.client.LiveListener;
import dev.sightline.client.LiveStream;
import dev.sightline.client.Options;
import dev.sightline.client.Outcome;
import dev.sightline.client.Progress;
import dev.sightline.client.SightlineClient;
import dev.sightline.client.SightlineException;
import dev.sightline.client.Unexplained;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Sends images through one live stream, each once the one before has its answer: none is
 * superseded, and the server can tell which have not changed. Used by one thread.
 */
final class OneByOne implements AutoCloseable {
  /** What the stream says, to be done on the thread that waits. */
  private final BlockingQueue<Runnable> news = new LinkedBlockingQueue<>();

  private final BatchStatus status;
  private final LiveStream stream;
  private Path current = Path.of("");
  private @Nullable Answer answer;

  /** Opens the stream; how it goes is said there. */
  OneByOne(SightlineClient client, Options options, PrintWriter errors) {
    status = new BatchStatus(errors, number -> current.toString());
    stream = client.live(options, new News());
  }

  /**
   * Sends an image and waits for its answer; one that is lost with its connection is sent again.
   *
   * @throws SightlineException if its file cannot be read, or if the stream has failed
   */
  Answer explain(Path file) throws InterruptedException {
    current = file;
    while (true) {
      long unused = stream.send(Image.of(file));
      answer = null;
      while (answer == null) {
        news.take().run();
      }
      if (!(answer instanceof Unexplained why && why.outcome() == Outcome.LOST)) {
        status.clear();
        return answer;
      }
    }
  }

  @Override
  public void close() {
    stream.close();
  }

  private final class News implements LiveListener {
    @Override
    public void answered(Answer next) {
      news.add(() -> answer = next);
    }

    @Override
    public void progress(Progress progress) {
      news.add(() -> status.progress(progress));
    }

    @Override
    public void interrupted(SightlineException reason) {
      news.add(() -> status.interrupted(reason));
    }

    @Override
    public void resumed() {
      news.add(status::resumed);
    }
  }
}
