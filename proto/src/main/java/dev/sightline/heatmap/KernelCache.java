package dev.sightline.heatmap;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Axis kernels by (cells, pixels, σ), the most recently used ones kept. Thread-safe. Bounded both
 * in number and in size: a kernel too large to keep is made anew each time.
 */
final class KernelCache {
  private static final int MAX_KERNELS = 128;
  private static final long MAX_WEIGHTS = 1 << 17;

  /** σ is 0 for a bilinear kernel. */
  private record Key(int cells, int pixels, double sigma) {}

  private final Map<Key, AxisKernel> kernels =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, AxisKernel> eldest) {
          return size() > MAX_KERNELS;
        }
      };

  AxisKernel bilinear(int cells, int pixels) {
    return get(new Key(cells, pixels, 0));
  }

  AxisKernel gaussian(int cells, int pixels, double sigma) {
    return get(new Key(cells, pixels, sigma));
  }

  private AxisKernel get(Key key) {
    synchronized (kernels) {
      AxisKernel known = kernels.get(key);
      if (known != null) {
        return known;
      }
    }
    // Made outside the lock: two threads may make the same one, and either serves.
    AxisKernel made =
        key.sigma == 0
            ? AxisKernel.bilinear(key.cells, key.pixels)
            : AxisKernel.gaussian(key.cells, key.pixels, key.sigma);
    if (made.size() <= MAX_WEIGHTS) {
      synchronized (kernels) {
        kernels.put(key, made);
      }
    }
    return made;
  }

  int size() {
    synchronized (kernels) {
      return kernels.size();
    }
  }
}
