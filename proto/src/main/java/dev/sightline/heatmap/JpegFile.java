package dev.sightline.heatmap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The markers of a JPEG file (ITU-T T.81, annex B). */
final class JpegFile {
  private static final int FIRST_RESTART = 0xd0;
  private static final int LAST_RESTART = 0xd7;
  private static final int END_OF_IMAGE = 0xd9;
  private static final int START_OF_SCAN = 0xda;

  /**
   * Progressive files have ten or so. A scan may be ten bytes long, and a decoder goes over the
   * whole picture for each.
   */
  private static final int MAX_SCANS = 100;

  private JpegFile() {}

  static PhotoHeader header(ByteBuffer file) {
    file.order(ByteOrder.BIG_ENDIAN);
    int at = 2;
    while (true) {
      at = afterMarker(file, at);
      int marker = file.get(at - 1) & 0xff;
      if (isStartOfFrame(marker)) {
        int height = file.getShort(at + 3) & 0xffff;
        int width = file.getShort(at + 5) & 0xffff;
        return new PhotoHeader(PhotoFormat.JPEG, width, height);
      }
      if (marker == START_OF_SCAN || marker == END_OF_IMAGE) {
        throw new MalformedPhotoException("the JPEG file has no frame header");
      }
      at = afterSegment(file, at, marker);
    }
  }

  static void requireComplete(ByteBuffer file) {
    file.order(ByteOrder.BIG_ENDIAN);
    int at = 2;
    int scans = 0;
    while (true) {
      at = afterMarker(file, at);
      int marker = file.get(at - 1) & 0xff;
      if (marker == END_OF_IMAGE) {
        if (scans == 0) {
          throw new MalformedPhotoException("the JPEG file has no scan");
        }
        return;
      }
      // A segment may hold a whole thumbnail with an end of its own, so segments are stepped over,
      // while the data of a scan has no length and is searched.
      at = afterSegment(file, at, marker);
      if (marker == START_OF_SCAN) {
        scans++;
        if (scans > MAX_SCANS) {
          throw new MalformedPhotoException(
              "the JPEG file has more than %d scans".formatted(MAX_SCANS));
        }
        at = afterScan(file, at);
      }
    }
  }

  /** The index behind the next marker; 0xff may be repeated before it. */
  private static int afterMarker(ByteBuffer file, int from) {
    int at = from;
    while (file.get(at) != (byte) 0xff) {
      at++;
    }
    while (file.get(at) == (byte) 0xff) {
      at++;
    }
    return at + 1;
  }

  private static int afterSegment(ByteBuffer file, int at, int marker) {
    if (marker <= 0x01 || isRestart(marker) || marker == 0xd8) {
      return at;
    }
    int length = file.getShort(at) & 0xffff;
    if (length < 2) {
      throw new MalformedPhotoException("a segment of the JPEG file has the length " + length);
    }
    return at + length;
  }

  private static int afterScan(ByteBuffer file, int from) {
    int at = from;
    while (true) {
      while (file.get(at) != (byte) 0xff) {
        at++;
      }
      int next = file.get(at + 1) & 0xff;
      if (next != 0 && next != 0xff && !isRestart(next)) {
        return at;
      }
      at += next == 0xff ? 1 : 2;
    }
  }

  private static boolean isRestart(int marker) {
    return marker >= FIRST_RESTART && marker <= LAST_RESTART;
  }

  private static boolean isStartOfFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }
}
