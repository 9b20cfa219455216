package dev.sightline.server.stream;

import dev.sightline.server.batch.Refusal;
import dev.sightline.v1.Draining;
import dev.sightline.v1.Explanation;
import dev.sightline.v1.Progress;

/**
 * The client's end of a stream. A stream calls {@link #send}, {@link #progress}, {@link #draining},
 * {@link #complete} and {@link #fail} from one thread at a time; nothing here may block.
 */
public interface AnswerSink {

  /**
   * Whether an answer would leave soon instead of piling up. When this turns true again, the owner
   * calls {@link ExplanationStream#ready}. Called from any thread.
   */
  boolean ready();

  /** Sends an answer. Called only while {@link #ready} is true, so what piles up is bounded. */
  void send(Explanation explanation);

  /** Tells how far a frame is. Called only while {@link #ready} is true. */
  void progress(Progress progress);

  /** Says that no further message of the client is read. Called at most once. */
  void draining(Draining notice);

  /** Ends the call well. Nothing follows. */
  void complete();

  /** Ends the call with an error. Nothing follows. */
  void fail(Refusal refusal);

  /**
   * Lets the client's next message in: one call, one message. Called from any thread, also while
   * another one sends; harmless once the call has ended.
   */
  void read();
}
