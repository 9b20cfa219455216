package dev.sightline.server.batch;

import dev.sightline.server.image.BlockMeans;
import org.jspecify.annotations.Nullable;

/**
 * What a live stream remembers of the last frame that was explained under its options, to which
 * later ones are compared. Thread-safe.
 *
 * <p>Several workers may have frames of the stream at once, and finish them in any order. Only a
 * frame whose explanation is certain to be its answer is remembered, and only frames of higher
 * numbers are compared with it; so where answers leave in the order of their frames, whoever is
 * told of a frame has its explanation. A frame that is decoded while the one before it is in a pass
 * is compared with what was explained before both.
 */
final class LastExplained {
  /** For images that are all to be explained. */
  static final LastExplained NONE = new LastExplained(0);

  private final float within;
  private @Nullable Seen reference;

  /** A frame whose picture was looked at. */
  private record Seen(long sequence, BlockMeans means) {
    boolean isBefore(long other) {
      return Long.compareUnsigned(sequence, other) < 0;
    }
  }

  /**
   * Remembers no frame yet.
   *
   * @param within how far a frame may be from the remembered one and need no explanation, in grey
   *     levels; 0 if all are to be explained
   */
  LastExplained(float within) {
    this.within = within;
  }

  /** A frame that comes, by its client's number. */
  Frame frame(long sequence) {
    return new Frame(sequence);
  }

  private synchronized @Nullable Seen before(long sequence) {
    return reference != null && reference.isBefore(sequence) ? reference : null;
  }

  private synchronized void remember(Seen seen) {
    if (reference == null || reference.isBefore(seen.sequence())) {
      reference = seen;
    }
  }

  /** A frame under these options. Used by one thread at a time. */
  final class Frame {
    private final long sequence;
    private @Nullable Seen seen;

    private Frame(long sequence) {
      this.sequence = sequence;
    }

    /** Whether its picture is to be looked at. */
    boolean isCompared() {
      return within > 0;
    }

    /**
     * Looks at its picture.
     *
     * @param means null for an image that has none, which is always explained
     * @throws UnchangedException if an explanation that there is holds for it
     */
    void look(@Nullable BlockMeans means) throws UnchangedException {
      if (means == null) {
        return;
      }
      Seen known = before(sequence);
      if (known != null && means.difference(known.means()) <= within) {
        throw new UnchangedException(known.sequence());
      }
      seen = new Seen(sequence, means);
    }

    /** Its explanation is its answer, which its receiver has next in any case. */
    void explained() {
      if (seen != null) {
        remember(seen);
      }
    }
  }
}
