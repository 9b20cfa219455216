package dev.sightline.server.image;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.OpenCv;
import dev.sightline.v1.Image;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RawImage;
import dev.sightline.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.imgcodecs.Imgcodecs;

/** Images made for tests. */
final class Images {
  static {
    OpenCv.load();
  }

  private Images() {}

  /** 8-bit BGR pixels that change slowly, so that JPEG keeps them and resizing can be predicted. */
  static byte[] smooth(int width, int height) {
    byte[] bgr = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = 3 * (y * width + x);
        bgr[at] = (byte) (20 + 200 * x / width);
        bgr[at + 1] = (byte) (20 + 200 * y / height);
        bgr[at + 2] = (byte) (220 - 100 * x / width - 100 * y / height);
      }
    }
    return bgr;
  }

  static byte[] noise(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** A file of 8-bit pixels with 1, 3 or 4 channels. */
  static byte[] encode(String extension, int width, int height, byte[] pixels) {
    Mat mat = new Mat(height, width, CvType.CV_8UC(pixels.length / width / height));
    mat.put(0, 0, pixels);
    return encode(extension, mat);
  }

  static byte[] encode(String extension, Mat mat) {
    MatOfByte file = new MatOfByte();
    if (!Imgcodecs.imencode(extension, mat, file)) {
      throw new IllegalStateException(extension);
    }
    return file.toArray();
  }

  static Image encoded(byte[] file) {
    return Image.newBuilder().setEncoded(ByteString.copyFrom(file)).build();
  }

  static Image raw(int width, int height, int stride, PixelFormat format, byte[] data) {
    return Image.newBuilder()
        .setRaw(
            RawImage.newBuilder()
                .setWidth(width)
                .setHeight(height)
                .setStride(stride)
                .setFormat(format)
                .setData(ByteString.copyFrom(data)))
        .build();
  }

  static Image tensor(int channels, int height, int width, float... values) {
    ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return Image.newBuilder()
        .setTensor(
            Tensor.newBuilder()
                .setChannels(channels)
                .setHeight(height)
                .setWidth(width)
                .setData(ByteString.copyFrom(data)))
        .build();
  }
}
