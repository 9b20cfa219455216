package dev.sightline.server.model;

import dev.sightline.server.engine.Backend;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open backends of a model, one for each kind of pass: opened when first used, and the least
 * recently used one closed when there are too many. The pinned one is never closed before the pool
 * is.
 *
 * <p>Thread-safe. Whoever first uses a kind opens its backend, and those who want the same one wait
 * for it; those who want others do not. A backend is closed only when nobody is using it.
 *
 * @param <K> what tells backends apart
 */
final class BackendPool<K> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BackendPool.class);

  /** A backend, open or being opened. Its counters are guarded by the pool. */
  private static final class Entry {
    final CompletableFuture<Backend> backend = new CompletableFuture<>();
    int users;
    boolean dropped;
  }

  private final K pinned;
  private final int most;
  private final Function<K, Backend> opener;
  private final Map<K, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private boolean closed;

  /**
   * An empty pool.
   *
   * @param pinned the kind whose backend stays
   * @param most how many others stay open while nobody uses them, at least 1
   * @param opener opens the backend of a kind
   */
  BackendPool(K pinned, int most, Function<K, Backend> opener) {
    if (most < 1) {
      throw new IllegalArgumentException("a pool that keeps nothing");
    }
    this.pinned = pinned;
    this.most = most;
    this.opener = opener;
  }

  /**
   * Does something with the backend of a kind, which stays open meanwhile.
   *
   * @throws IllegalStateException if the pool is closed
   */
  <T> T use(K kind, Function<Backend, T> work) {
    Entry entry = acquire(kind);
    try {
      return work.apply(opened(entry));
    } finally {
      release(entry);
    }
  }

  /** Whether the backend of a kind is open. Never waits for one that is being opened. */
  boolean isOpen(K kind) {
    synchronized (this) {
      Entry entry = entries.get(kind);
      return entry != null && entry.backend.isDone() && !entry.backend.isCompletedExceptionally();
    }
  }

  /** Closes what is open; what is in use is closed by its last user. */
  @Override
  public void close() {
    List<Entry> idle = new ArrayList<>();
    synchronized (this) {
      closed = true;
      for (Entry entry : entries.values()) {
        entry.dropped = true;
        if (entry.users == 0) {
          idle.add(entry);
        }
      }
      entries.clear();
    }
    idle.forEach(BackendPool::close);
  }

  private Entry acquire(K kind) {
    Entry entry;
    boolean isNew = false;
    @Nullable Entry evicted = null;
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("the model is closed");
      }
      @Nullable Entry found = entries.get(kind);
      if (found == null) {
        isNew = true;
        found = new Entry();
        entries.put(kind, found);
        evicted = dropEldest();
      }
      entry = found;
      entry.users++;
    }
    if (evicted != null) {
      close(evicted);
    }
    if (isNew) {
      open(kind, entry);
    }
    return entry;
  }

  private void open(K kind, Entry entry) {
    try {
      entry.backend.complete(opener.apply(kind));
    } catch (RuntimeException | Error e) {
      synchronized (this) {
        entries.remove(kind, entry);
      }
      entry.backend.completeExceptionally(e);
    }
  }

  private static Backend opened(Entry entry) {
    try {
      return entry.backend.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }

  private void release(Entry entry) {
    boolean last;
    synchronized (this) {
      entry.users--;
      last = entry.dropped && entry.users == 0;
    }
    if (last) {
      close(entry);
    }
  }

  /** Takes the least recently used one out if there are too many, and gives it if it is idle. */
  private @Nullable Entry dropEldest() {
    long others = entries.keySet().stream().filter(kind -> !kind.equals(pinned)).count();
    if (others <= most) {
      return null;
    }
    for (Iterator<Map.Entry<K, Entry>> all = entries.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<K, Entry> eldest = all.next();
      if (!eldest.getKey().equals(pinned)) {
        all.remove();
        eldest.getValue().dropped = true;
        return eldest.getValue().users == 0 ? eldest.getValue() : null;
      }
    }
    return null;
  }

  private static void close(Entry entry) {
    if (entry.backend.isCompletedExceptionally()) {
      return;
    }
    try {
      entry.backend.join().close();
    } catch (RuntimeException | Error e) {
      // Whoever made it go wants another backend, or another one closed too.
      log.error("A backend could not be closed", e);
    }
  }
}
