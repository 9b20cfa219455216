package dev.sightline.client.load;

import dev.sightline.client.Answer;
import dev.sightline.client.Explanation;
import dev.sightline.client.Heatmap;
import dev.sightline.client.Image;
import dev.sightline.client.LiveListener;
import dev.sightline.client.LiveStream;
import dev.sightline.client.Outcome;
import dev.sightline.client.SightlineClient;
import dev.sightline.client.SightlineException;
import dev.sightline.client.Unexplained;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** A camera: a live stream of the SDK. */
final class LiveLane implements Lane {
  private final Asked asked;
  private final boolean expand;
  private final Consumer<Delivery> sink;
  private final Consumer<String> failed;
  private final Deque<Long> due = new ArrayDeque<>();
  private final LiveStream stream;

  /**
   * Opens a stream.
   *
   * @param failed is told why the stream ends before its time
   */
  LiveLane(
      SightlineClient client,
      Asked asked,
      boolean expand,
      Consumer<Delivery> sink,
      Consumer<String> failed) {
    this.asked = asked;
    this.expand = expand;
    this.sink = sink;
    this.failed = failed;
    this.stream = client.live(asked.options(), new Answers());
  }

  @Override
  public void send(long frameDue, Image image) {
    try {
      // The answer must not overtake the note of its frame.
      synchronized (due) {
        due.add(frameDue);
        try {
          stream.send(image);
        } catch (RuntimeException e) {
          due.removeLast();
          throw e;
        }
      }
    } catch (SightlineException e) {
      sink.accept(unsent(frameDue, "stream-failed", String.valueOf(e.getMessage())));
    } catch (IllegalStateException closed) {
      sink.accept(unsent(frameDue, "closed", "the stream was closed"));
    }
  }

  /** The stream has the client's own patience, and tells all that is left as lost after it. */
  @Override
  public void close(Duration patience) {
    stream.close();
  }

  private Delivery unsent(long frameDue, String reason, String message) {
    return Delivery.without(asked, frameDue, Delivery.Fate.UNSENT, reason, message);
  }

  private final class Answers implements LiveListener {
    @Override
    public void answered(Answer answer) {
      long frameDue;
      synchronized (due) {
        frameDue = due.remove();
      }
      sink.accept(delivery(answer, frameDue));
    }

    @Override
    public void failed(SightlineException failure) {
      failed.accept(String.valueOf(failure.getMessage()));
    }
  }

  private Delivery delivery(Answer answer, long frameDue) {
    if (answer instanceof Explanation explanation) {
      long bytes = 0;
      for (Heatmap map : explanation.heatmaps()) {
        bytes += map.toProto().getData().size();
        if (expand) {
          Wire.expand(map.toProto());
        }
      }
      return new Delivery(
          asked,
          frameDue,
          System.nanoTime(),
          Delivery.Fate.EXPLAINED,
          "",
          "",
          answer.timing(),
          explanation.heatmaps().size(),
          bytes);
    }
    Unexplained why = (Unexplained) answer;
    boolean unchanged = why.outcome() == Outcome.UNCHANGED;
    return new Delivery(
        asked,
        frameDue,
        System.nanoTime(),
        fate(why.outcome()),
        unchanged ? "" : Wire.reason(why.outcome().name(), why.reason().name()),
        unchanged ? "" : why.message(),
        answer.timing(),
        0,
        0);
  }

  private static Delivery.Fate fate(Outcome outcome) {
    return switch (outcome) {
      case UNCHANGED -> Delivery.Fate.UNCHANGED;
      case LOST -> Delivery.Fate.LOST;
      default -> Delivery.Fate.DROPPED;
    };
  }
}
