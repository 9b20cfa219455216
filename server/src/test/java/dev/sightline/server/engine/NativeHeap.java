package dev.sightline.server.engine;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Structure;
import java.util.Optional;

/** What this process has allocated outside the Java heap, in the words of the C library. */
final class NativeHeap {
  /** The functions of glibc 2.33 and newer. */
  public interface Glibc extends Library {
    Info mallinfo2();
  }

  /** Its struct mallinfo2. */
  @Structure.FieldOrder({
    "arena",
    "ordblks",
    "smblks",
    "hblks",
    "hblkhd",
    "usmblks",
    "fsmblks",
    "uordblks",
    "fordblks",
    "keepcost"
  })
  public static final class Info extends Structure implements Structure.ByValue {
    public long arena;
    public long ordblks;
    public long smblks;
    public long hblks;
    public long hblkhd;
    public long usmblks;
    public long fsmblks;
    public long uordblks;
    public long fordblks;
    public long keepcost;
  }

  private final Glibc glibc;

  private NativeHeap(Glibc glibc) {
    this.glibc = glibc;
  }

  /** Nothing where the C library cannot say. */
  static Optional<NativeHeap> ofThisProcess() {
    try {
      NativeHeap heap = new NativeHeap(Native.load("c", Glibc.class));
      return heap.bytes() > 0 ? Optional.of(heap) : Optional.empty();
    } catch (UnsatisfiedLinkError e) {
      return Optional.empty();
    }
  }

  /** Bytes in use. */
  long bytes() {
    Info info = glibc.mallinfo2();
    return info.uordblks + info.hblkhd;
  }
}
