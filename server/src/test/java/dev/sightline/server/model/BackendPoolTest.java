package dev.sightline.server.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.EngineException;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassBuffers;
import dev.sightline.server.engine.PassResult;
import dev.sightline.server.engine.PassShape;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BackendPoolTest {
  private final Queue<String> events = new ConcurrentLinkedQueue<>();
  private final BackendPool<String> pool = new BackendPool<>("last", 2, this::open);
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void backendIsOpenedOnceAndKept() {
    use("last");
    use("last");
    assertThat(events).containsExactly("open last");
  }

  @Test
  void leastRecentlyUsedIsClosedAndOpenedAgainWhenWanted() {
    List.of("a", "b", "a", "c").forEach(this::use);
    assertThat(events).containsExactly("open a", "open b", "close b", "open c");
    events.clear();
    use("a");
    use("b");
    assertThat(events).containsExactly("close c", "open b");
  }

  @Test
  void whoeverWantsABackendThatWasClosedIsToldAndOpensItAgain() {
    PooledBackend<String> a = new PooledBackend<>(pool, "a");
    assertThat(a.ready()).isTrue();
    List.of("b", "c").forEach(this::use);
    assertThat(a.ready()).isFalse();
    events.clear();
    a.open();
    assertThat(a.ready()).isTrue();
    assertThat(events).contains("open a");
  }

  @Test
  void pinnedLayerStays() {
    List.of("last", "a", "b", "c", "d", "last").forEach(this::use);
    assertThat(events).doesNotContain("close last");
  }

  @Test
  void backendInUseIsClosedOnlyByItsLastUser() {
    pool.use(
        "a",
        backend -> {
          use("b");
          use("c");
          assertThat(events).containsExactly("open a", "open b", "open c");
          return backend;
        });
    assertThat(events).containsExactly("open a", "open b", "open c", "close a");
  }

  @Test
  void twoCallersOfAColdLayerOpenItOnceAndOthersAreNotHeldUp()
      throws InterruptedException, ExecutionException {
    CountDownLatch opening = new CountDownLatch(1);
    CountDownLatch mayOpen = new CountDownLatch(1);
    BackendPool<String> slow =
        new BackendPool<>(
            "last",
            2,
            layer -> {
              if (layer.equals("slow")) {
                opening.countDown();
                await(mayOpen);
              }
              return open(layer);
            });
    Future<String> first = threads.submit(() -> slow.use("slow", Backend::description));
    opening.await();
    Future<String> second = threads.submit(() -> slow.use("slow", Backend::description));

    assertThat(slow.use("quick", Backend::description)).isEqualTo("quick");
    assertThat(first).isNotDone();
    assertThat(second).isNotDone();
    mayOpen.countDown();

    assertThat(first.get()).isEqualTo("slow");
    assertThat(second.get()).isEqualTo("slow");
    assertThat(events).containsExactly("open quick", "open slow");
  }

  @Test
  void failedOpeningIsToldAndTriedAgain() {
    BackendPool<String> broken =
        new BackendPool<>(
            "last",
            2,
            layer -> {
              events.add("try " + layer);
              throw new EngineException("no memory", new IllegalStateException());
            });
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> broken.use("a", Backend::description))
          .isInstanceOf(EngineException.class)
          .hasMessage("no memory");
    }
    assertThat(events).containsExactly("try a", "try a");
  }

  @Test
  void backendThatDoesNotCloseHarmsNoOther() {
    List.of("stuck", "a", "b", "b").forEach(this::use);
    assertThat(events).containsExactly("open stuck", "open a", "close stuck", "open b");
    List.of("stuck", "c").forEach(this::use);
    pool.close();
    assertThat(events).contains("close c");
  }

  @Test
  void closingClosesAllAndWhatIsInUseLater() {
    use("a");
    pool.use(
        "last",
        backend -> {
          pool.close();
          assertThat(events).containsExactly("open a", "open last", "close a");
          return backend;
        });
    assertThat(events).containsExactly("open a", "open last", "close a", "close last");
    assertThatIllegalStateException().isThrownBy(() -> use("a"));
  }

  private void use(String layer) {
    assertThat(pool.use(layer, Backend::description)).isEqualTo(layer);
  }

  private Backend open(String layer) {
    events.add("open " + layer);
    return new Backend() {
      @Override
      public PassShape shape() {
        return new PassShape(3, 8, 8, 2, 3, 8, 8);
      }

      @Override
      public int maxBatch() {
        return 8;
      }

      @Override
      public String description() {
        return layer;
      }

      @Override
      public PassResult run(Pass pass, PassBuffers buffers) {
        throw new AssertionError("no pass is run here");
      }

      @Override
      public void close() {
        events.add("close " + layer);
        if (layer.equals("stuck")) {
          throw new EngineException("it does not close", new IllegalStateException());
        }
      }
    };
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
