package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.server.image.BlockMeans;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import java.nio.FloatBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LastExplainedTest {
  private final ImageReader reader = new ImageReader(ImageLimits.DEFAULT);
  private final Target target = new PixelModel(1).defaultTarget();
  private final LastExplained last = new LastExplained(3);

  private BlockMeans grey(int level) {
    return Objects.requireNonNull(
        reader
            .prepare(
                PixelModel.picture(level),
                target.input(),
                target.preprocessing(),
                FloatBuffer.allocate(1),
                0,
                false,
                true)
            .means());
  }

  /** A frame that goes on to a pass. */
  private LastExplained.Frame passing(long sequence, int level) throws UnchangedException {
    LastExplained.Frame frame = last.frame(sequence);
    frame.look(grey(level));
    return frame;
  }

  private void assertUnchanged(long sequence, int level, long since) {
    assertThatThrownBy(() -> last.frame(sequence).look(grey(level)))
        .isInstanceOfSatisfying(
            UnchangedException.class, e -> assertThat(e.since()).isEqualTo(since));
  }

  @Test
  void frameIsUnchangedAsFarAsTheToleranceReaches() throws Exception {
    passing(1, 100).explained();
    assertUnchanged(2, 103, 1);
    assertUnchanged(3, 97, 1);
    passing(4, 104);
    passing(5, 96);
  }

  @Test
  void slowDriftIsComparedWithTheExplainedFrameAndNoticed() throws Exception {
    passing(1, 100).explained();
    assertUnchanged(2, 102, 1);
    assertUnchanged(3, 103, 1);
    passing(4, 104).explained();
    assertUnchanged(5, 107, 4);
  }

  @Test
  void frameWithoutItsExplanationIsNoReference() throws Exception {
    passing(1, 100);
    passing(2, 100);
  }

  @Test
  void frameIsNeverUnchangedSinceALaterOne() throws Exception {
    LastExplained.Frame slow = last.frame(1);
    passing(2, 100).explained();
    slow.look(grey(100));
    slow.explained();
    assertUnchanged(3, 100, 2);
  }

  @Test
  void whoFinishesLastIsNotTheLastFrame() throws Exception {
    LastExplained.Frame first = passing(1, 10);
    LastExplained.Frame second = passing(2, 200);
    second.explained();
    first.explained();
    assertUnchanged(3, 200, 2);
    passing(4, 10);
  }

  @Test
  void numbersAreUnsigned() throws Exception {
    passing(0, 50).explained();
    assertUnchanged(-1, 50, 0);
    passing(Long.MIN_VALUE, 90).explained();
    passing(Long.MAX_VALUE, 90);
    assertUnchanged(-1, 90, Long.MIN_VALUE);
  }

  @Test
  void imageWithoutAPictureIsAlwaysExplainedAndNoReference() throws Exception {
    passing(1, 100).explained();
    LastExplained.Frame tensor = last.frame(2);
    tensor.look(null);
    tensor.explained();
    assertUnchanged(3, 100, 1);
  }
}
