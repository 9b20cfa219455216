package dev.sightline.client.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The header of a NumPy array file, versions 1 to 3 of the format: six bytes of magic, two of
 * version, the length of the rest in two bytes (four from version 2 on), and a Python dictionary.
 *
 * @param descr the type of an element, such as {@code <f4}
 * @param shape the array's sides, the slowest first
 */
record NpyHeader(String descr, long[] shape) {
  static final String FLOAT32 = "<f4";
  static final String INT64 = "<i8";

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LONGEST = 1 << 16;
  private static final int ALIGNMENT = 64;
  private static final String ENTRY =
      "'(\\w+)'\\s*:\\s*(?:'([^']*)'|(True|False)|\\(([\\d\\s,]*)\\))";
  private static final Pattern ENTRIES = Pattern.compile(ENTRY);
  private static final Pattern DICTIONARY =
      Pattern.compile("\\{\\s*" + ENTRY + "(?:\\s*,\\s*" + ENTRY + ")*\\s*,?\\s*\\}\\s*");

  /** Reads bytes from the start of a file. */
  @FunctionalInterface
  interface Source {
    /** Fills the buffer as far as there are bytes. */
    void read(ByteBuffer into) throws IOException;
  }

  /**
   * Reads a header, and leaves the source at the first element.
   *
   * @throws IOException with a sentence about what is wrong, if it is no header of an array in C
   *     order
   */
  static NpyHeader read(Source source) throws IOException {
    ByteBuffer start = take(source, MAGIC.length + 2);
    byte[] magic = new byte[MAGIC.length];
    start.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new IOException("it does not begin as a NumPy array file does");
    }
    int version = start.get() & 0xff;
    if (version < 1 || version > 3) {
      throw new IOException("version " + version + " of the NumPy format is not known");
    }
    ByteBuffer size = take(source, version == 1 ? 2 : 4).order(ByteOrder.LITTLE_ENDIAN);
    long length = version == 1 ? size.getShort() & 0xffff : size.getInt() & 0xffffffffL;
    if (length > LONGEST) {
      throw new IOException("its header claims " + length + " bytes");
    }
    byte[] text = take(source, (int) length).array();
    return parse(
        new String(text, version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1));
  }

  /** The bytes of the header as version 1 writes them. */
  byte[] toBytes() {
    String sides = Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String dictionary =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }"
            .formatted(descr, sides, shape.length == 1 ? "," : "");
    int before = MAGIC.length + 4;
    int padded = (before + dictionary.length() + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
    ByteBuffer bytes = ByteBuffer.allocate(padded).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (padded - before));
    bytes.put(dictionary.getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.remaining() > 1) {
      bytes.put((byte) ' ');
    }
    return bytes.put((byte) '\n').array();
  }

  /** The shape as Python writes it. */
  String shapeText() {
    return Arrays.stream(shape)
        .mapToObj(Long::toString)
        .collect(Collectors.joining(", ", "(", shape.length == 1 ? ",)" : ")"));
  }

  private static NpyHeader parse(String dictionary) throws IOException {
    if (!DICTIONARY.matcher(dictionary).matches()) {
      throw new IOException("its header cannot be read: " + dictionary.strip());
    }
    Map<String, String> entries = new HashMap<>();
    Matcher entry = ENTRIES.matcher(dictionary);
    while (entry.find()) {
      for (int form = 2; form <= 4; form++) {
        if (entry.group(form) != null) {
          entries.put(entry.group(1), entry.group(form));
        }
      }
    }
    String descr = entries.get("descr");
    String order = entries.get("fortran_order");
    String shape = entries.get("shape");
    if (descr == null || order == null || shape == null || entries.size() != 3) {
      throw new IOException("its header does not hold descr, fortran_order and shape alone");
    }
    if (!order.equals("False")) {
      throw new IOException("its elements are in Fortran order; C order is needed");
    }
    return new NpyHeader(descr, sides(shape));
  }

  private static long[] sides(String shape) throws IOException {
    String tight = shape.replaceAll("\\s", "");
    if (tight.isEmpty()) {
      return new long[0];
    }
    if (!tight.matches("\\d{1,18}(,\\d{1,18})*,?")) {
      throw new IOException("its shape (" + shape + ") cannot be read");
    }
    return Arrays.stream(tight.split(",", 0)).mapToLong(Long::parseLong).toArray();
  }

  private static ByteBuffer take(Source source, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    source.read(buffer);
    if (buffer.hasRemaining()) {
      throw new IOException("it ends within its header");
    }
    return buffer.flip();
  }
}
