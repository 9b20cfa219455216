package dev.sightline.heatmap;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

/** Planes as bytes: 8-bit grey as PNG or as delta-coded zstd, and float32 as zstd. */
final class PlaneCodec {
  static {
    OpenCv.load();
  }

  /** Level 1 is as small as the higher ones on delta-coded maps, and much faster. */
  private static final int ZSTD_LEVEL = 1;

  private PlaneCodec() {}

  /** The plane in 8 bits: 0 is the minimum, 255 the maximum; a constant plane is all zeros. */
  static byte[] grey(Plane plane, float min, float max) {
    byte[] grey = new byte[plane.values().length];
    double range = (double) max - min;
    if (range > 0) {
      double factor = 255 / range;
      float[] values = plane.values();
      for (int i = 0; i < grey.length; i++) {
        grey[i] = (byte) ((values[i] - (double) min) * factor + 0.5);
      }
    }
    return grey;
  }

  static byte[] greyPng(byte[] grey, int width, int height) {
    Mat pixels = new Mat(height, width, CvType.CV_8UC1);
    try {
      pixels.put(0, 0, grey);
      // Smooth maps compress as well by runs, in half the time.
      return PhotoCodec.encode(
          pixels,
          ".png",
          Imgcodecs.IMWRITE_PNG_COMPRESSION,
          1,
          Imgcodecs.IMWRITE_PNG_STRATEGY,
          Imgcodecs.IMWRITE_PNG_STRATEGY_RLE);
    } finally {
      pixels.release();
    }
  }

  static byte[] readGreyPng(ByteString data, int width, int height) {
    ByteBuffer buffer = data.asReadOnlyByteBuffer();
    try {
      PhotoHeader header = PhotoHeader.read(buffer);
      if (header.format() != PhotoFormat.PNG
          || header.width() != width
          || header.height() != height
          || !PngFile.isGrey8(buffer)) {
        throw new MalformedHeatmapException(
            "a %s file of %d x %d pixels in place of an 8-bit grey PNG of %d x %d"
                .formatted(header.format(), header.width(), header.height(), width, height));
      }
      header.requireComplete(buffer);
      Mat pixels = PhotoCodec.decode(data.toByteArray(), header, Imgcodecs.IMREAD_GRAYSCALE);
      try {
        byte[] grey = new byte[width * height];
        pixels.get(0, 0, grey);
        return grey;
      } finally {
        pixels.release();
      }
    } catch (MalformedPhotoException e) {
      throw new MalformedHeatmapException("the grey PNG: " + e.getMessage(), e);
    }
  }

  static byte[] greyZstd(byte[] grey, int width) {
    byte[] deltas = new byte[grey.length];
    for (int row = 0; row < grey.length; row += width) {
      deltas[row] = (byte) (grey[row] - (row == 0 ? 0 : grey[row - width]));
      for (int i = row + 1; i < row + width; i++) {
        deltas[i] = (byte) (grey[i] - grey[i - 1]);
      }
    }
    return Zstd.compress(deltas, ZSTD_LEVEL);
  }

  static byte[] readGreyZstd(ByteString data, int width, int height) {
    byte[] grey = new byte[width * height];
    readZstd(
        data,
        height,
        width,
        (row, bytes) -> {
          int at = row * width;
          byte last = row == 0 ? 0 : grey[at - width];
          for (int i = 0; i < width; i++) {
            last += bytes.get(i);
            grey[at + i] = last;
          }
        });
    return grey;
  }

  static byte[] float32Zstd(float[] values) {
    return Zstd.compress(GridCodec.float32(values), ZSTD_LEVEL);
  }

  static float[] readFloat32Zstd(ByteString data, int width, int height) {
    float[] values = new float[width * height];
    readZstd(
        data,
        height,
        width * Float.BYTES,
        (row, bytes) -> bytes.asFloatBuffer().get(values, row * width, width));
    if (!Values.allFinite(values)) {
      throw new MalformedHeatmapException("the plane holds NaN or infinity");
    }
    return values;
  }

  private interface RowReader {
    void read(int row, ByteBuffer bytes);
  }

  /** Decompresses row by row: what the frame claims about its own size is never believed. */
  private static void readZstd(ByteString data, int rows, int bytesPerRow, RowReader reader) {
    ByteBuffer row = ByteBuffer.allocate(bytesPerRow).order(ByteOrder.LITTLE_ENDIAN);
    try (InputStream in = new ZstdInputStreamNoFinalizer(data.newInput())) {
      for (int y = 0; y < rows; y++) {
        int read = in.readNBytes(row.array(), 0, bytesPerRow);
        if (read < bytesPerRow) {
          throw new MalformedHeatmapException(
              "the zstd frame ends after %d bytes of %d"
                  .formatted((long) y * bytesPerRow + read, (long) rows * bytesPerRow));
        }
        reader.read(y, row);
      }
      if (in.read() >= 0) {
        throw new MalformedHeatmapException(
            "the zstd frame holds more than %d bytes".formatted((long) rows * bytesPerRow));
      }
    } catch (IOException e) {
      throw new MalformedHeatmapException("the zstd frame is damaged or cut off", e);
    }
  }
}
