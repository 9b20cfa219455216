package dev.sightline.server.app.evaluate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/** Several threads that go through a list of things, each as it becomes free. */
final class Workers {
  private Workers() {}

  /** What is done with a thing. */
  @FunctionalInterface
  interface Work<T> {
    void on(T thing) throws IOException, InterruptedException;
  }

  /**
   * Goes through things until all are done, it is stopped, or one fails.
   *
   * @param stopped asked before each thing
   * @throws IOException the first failure of the work
   */
  static <T> void each(List<T> things, int threads, BooleanSupplier stopped, Work<T> work)
      throws IOException, InterruptedException {
    Queue<T> waiting = new ConcurrentLinkedQueue<>(things);
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(
            workers.submit(
                () -> {
                  for (T thing = waiting.poll();
                      thing != null && !stopped.getAsBoolean();
                      thing = waiting.poll()) {
                    work.on(thing);
                  }
                  return null;
                }));
      }
      for (Future<?> worker : running) {
        worker.get();
      }
    } catch (ExecutionException e) {
      waiting.clear();
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      workers.shutdown();
    }
  }
}
