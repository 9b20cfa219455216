package dev.sightline.server.engine;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The constants of open sessions, each value once, however many layers, passes or models hold it.
 * They are known by their content, so whoever opens a session need not say whose weights it has.
 *
 * <p>A value lives until the last {@link Lease} on it is closed, which its session does after it is
 * closed itself. Thread-safe.
 */
final class SharedWeights {
  /** One value and the number of its holders, which the pool guards. */
  private static final class Block {
    final String digest;
    final NativeBytes bytes;
    int holders;

    Block(String digest, NativeBytes bytes) {
      this.digest = digest;
      this.bytes = bytes;
    }
  }

  private final Map<String, Block> blocks = new HashMap<>();
  private long size;

  /** The bytes of all values that are held now. */
  synchronized long size() {
    return size;
  }

  /** An empty lease, to which a session adds the values that it needs. */
  Lease lease() {
    return new Lease();
  }

  private synchronized Block hold(String digest, ByteBuffer value) {
    Block block = blocks.get(digest);
    if (block == null) {
      block = new Block(digest, NativeBytes.copyOf(value));
      blocks.put(digest, block);
      size += value.remaining();
    }
    block.holders++;
    return block;
  }

  private synchronized void release(Block block) {
    if (--block.holders == 0) {
      blocks.remove(block.digest);
      size -= block.bytes.buffer().remaining();
      block.bytes.close();
    }
  }

  private static String digest(ByteBuffer value) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(value.duplicate());
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The values that one session holds. Not thread-safe. */
  final class Lease implements AutoCloseable {
    private final List<Block> held = new ArrayList<>();

    /**
     * Adds a value, from its position to its limit.
     *
     * @return the pool's copy of it, valid until the lease is closed; not to be written to
     */
    ByteBuffer add(ByteBuffer value) {
      // Outside the pool's lock, as it takes longer than all else.
      Block block = hold(digest(value), value);
      held.add(block);
      return block.bytes.buffer();
    }

    /** Gives all values back. No session may use them any more. */
    @Override
    public void close() {
      held.forEach(SharedWeights.this::release);
      held.clear();
    }
  }
}
