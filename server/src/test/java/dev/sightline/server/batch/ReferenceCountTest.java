package dev.sightline.server.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sightline.server.engine.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ReferenceCountTest {
  private final List<String> events = new ArrayList<>();
  private final ReferenceCount references = new ReferenceCount(() -> events.add("closed"));

  @Test
  void theLastReferenceThatIsGivenBackClosesItAndThereAreNoMore() {
    assertThat(references.retain()).isTrue();
    references.release();
    assertThat(events).isEmpty();
    assertThat(references.retain()).isTrue();
    references.release();
    references.release();
    assertThat(events).containsExactly("closed");
    assertThat(references.retain()).isFalse();
    assertThat(events).hasSize(1);
  }

  /** What a replacement and the answer to its last image come to. */
  private void letGo(String of) {
    references.release();
    events.add(of);
  }

  @Test
  void aWorkerKeepsTheModelOpenUntilItHasOpenedALane() {
    FakeBackend backend = new FakeBackend(4);
    worker(
            () -> {
              letGo("opening");
              return backend;
            })
        .step();

    assertThat(events).containsExactly("opening", "closed");
  }

  @Test
  void aWorkerKeepsTheModelOpenUntilABatchIsOver() {
    FakeBackend backend = new FakeBackend(4);
    Worker worker = worker(() -> backend);
    worker.step();
    backend.during(() -> letGo("pass"));
    worker.step();

    assertThat(events).containsExactly("pass", "answer", "closed");
  }

  /** Who is to open a lane, and to explain the image that waits in it. */
  private Worker worker(Supplier<Backend> opener) {
    Batcher batcher = new Batcher(BatchLimits.DEFAULT, new FakeClock());
    batcher
        .single()
        .submit(
            new PixelWork(new Lane("pixel", opener, Breaker.never(), references), 1),
            0,
            new Item.Terms(Item.NEVER, Item.NEVER),
            answer -> events.add("answer"));
    return batcher.worker();
  }
}
