package dev.sightline.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.client.Answer;
import dev.sightline.client.LiveListener;
import dev.sightline.client.LiveStream;
import dev.sightline.client.Options;
import dev.sightline.client.Outcome;
import dev.sightline.client.SightlineClient;
import dev.sightline.client.SightlineException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A live stream by the client SDK that sends a frame every few milliseconds until it is closed. */
final class Camera implements LiveListener {
  private static final long PERIOD = TimeUnit.MILLISECONDS.toNanos(4);

  final Answers answers = new Answers();
  private final LiveStream live;
  private final Thread sender = new Thread(this::send, "camera");
  private volatile boolean closed;
  private volatile long sent;

  Camera(SightlineClient client, Options options) {
    live = client.live(options, this);
    sender.setDaemon(true);
    sender.start();
  }

  private void send() {
    try {
      while (!closed) {
        sent = live.send(NumberedImage.of(sent + 1));
        LockSupport.parkNanos(PERIOD);
      }
    } catch (SightlineException e) {
      answers.failed(e);
    }
  }

  /** Other options from the next frame on. */
  void options(Options options) {
    live.options(options);
  }

  /** Waits until it has sent that many more frames. */
  void awaitSent(int more) throws InterruptedException {
    long wanted = sent + more;
    while (sent < wanted) {
      assertThat(sender.isAlive()).as("the camera runs").isTrue();
      TimeUnit.NANOSECONDS.sleep(PERIOD);
    }
  }

  @Override
  public void answered(Answer answer) {
    answers.add(answer);
  }

  @Override
  public void failed(SightlineException failure) {
    answers.failed(failure);
  }

  /** Ends the stream; every frame was answered, and those without a map say one of these. */
  void close(Outcome... allowed) throws InterruptedException {
    closed = true;
    sender.join();
    live.close();
    answers.check(sent, allowed);
  }
}
