package dev.sightline.server.image;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.MalformedPhotoException;
import dev.sightline.heatmap.PhotoHeader;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RawImage;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Tensor;
import java.util.Map;

/** What can be said about an image without decoding it. */
final class ImageChecks {
  private final ImageLimits limits;

  ImageChecks(ImageLimits limits) {
    this.limits = limits;
  }

  static ImageException nothing() {
    return empty("the image holds nothing; give it encoded, raw or tensor");
  }

  /** Reads the header, and nothing but the header. */
  PhotoHeader encoded(ByteString file) {
    if (file.isEmpty()) {
      throw empty("the encoded image has no bytes");
    }
    if (file.size() > limits.maxEncodedBytes()) {
      throw new ImageException(
          Reason.REASON_IMAGE_TOO_LARGE,
          "the encoded image has %d bytes; at most %d are taken"
              .formatted(file.size(), limits.maxEncodedBytes()),
          Map.of(
              "bytes", Integer.toString(file.size()),
              "max_bytes", Integer.toString(limits.maxEncodedBytes())));
    }
    try {
      PhotoHeader header = PhotoHeader.read(file.asReadOnlyByteBuffer());
      requirePixels(header.format() + " file", header.width(), header.height());
      return header;
    } catch (MalformedPhotoException e) {
      throw unreadable(e);
    }
  }

  static ImageException unreadable(MalformedPhotoException e) {
    return new ImageException(
        Reason.REASON_IMAGE_UNREADABLE, "the image cannot be read: " + e.getMessage(), Map.of());
  }

  /** Checks that the parts of a raw image fit together; returns its stride in bytes. */
  long raw(RawImage raw) {
    long width = Integer.toUnsignedLong(raw.getWidth());
    long height = Integer.toUnsignedLong(raw.getHeight());
    if (raw.getData().isEmpty()) {
      throw empty("the raw image has no bytes");
    }
    requirePixels("raw image", width, height);
    long row = width * bytesPerPixel(raw.getFormat());
    long stride = raw.getStride() == 0 ? row : Integer.toUnsignedLong(raw.getStride());
    if (stride < row) {
      throw layout(
          "a stride of %d bytes for rows of %d pixels in %s, which take %d"
              .formatted(stride, width, raw.getFormat(), row));
    }
    long least = (height - 1) * stride + row;
    if (raw.getData().size() < least) {
      throw layout(
          "%d bytes for %d x %d pixels in %s with a stride of %d, which take %d"
              .formatted(raw.getData().size(), width, height, raw.getFormat(), stride, least));
    }
    return stride;
  }

  static int bytesPerPixel(PixelFormat format) {
    return switch (format) {
      case PIXEL_FORMAT_RGB, PIXEL_FORMAT_BGR -> 3;
      case PIXEL_FORMAT_GREY -> 1;
      default -> throw layout("the pixel format %s; it must be RGB, BGR or GREY".formatted(format));
    };
  }

  /** Checks that a network takes a tensor, and that its values are as many as it claims. */
  static void tensor(Tensor tensor, InputShape shape) {
    if (tensor.getData().isEmpty()) {
      throw empty("the tensor has no bytes");
    }
    if (tensor.getChannels() != shape.channels()
        || tensor.getHeight() != shape.height()
        || tensor.getWidth() != shape.width()) {
      throw shape(
          "a tensor of %s; the model takes %d x %d x %d (channels, height, width)"
              .formatted(sides(tensor), shape.channels(), shape.height(), shape.width()),
          tensor);
    }
    if (tensor.getData().size() != (long) shape.size() * Float.BYTES) {
      throw shape(
          "%d bytes for a tensor of %s float32 values"
              .formatted(tensor.getData().size(), sides(tensor)),
          tensor);
    }
  }

  private static String sides(Tensor tensor) {
    return "%s x %s x %s"
        .formatted(
            Integer.toUnsignedString(tensor.getChannels()),
            Integer.toUnsignedString(tensor.getHeight()),
            Integer.toUnsignedString(tensor.getWidth()));
  }

  private void requirePixels(String what, long width, long height) {
    if (width == 0 || height == 0) {
      throw empty("the %s has %d x %d pixels".formatted(what, width, height));
    }
    if (width > limits.maxPixels() / height) {
      throw new ImageException(
          Reason.REASON_IMAGE_TOO_LARGE,
          "the %s has %d x %d pixels; at most %d are taken"
              .formatted(what, width, height, limits.maxPixels()),
          Map.of(
              "width", Long.toString(width),
              "height", Long.toString(height),
              "max_pixels", Long.toString(limits.maxPixels())));
    }
  }

  private static ImageException empty(String message) {
    return new ImageException(Reason.REASON_IMAGE_EMPTY, message, Map.of());
  }

  private static ImageException layout(String message) {
    return new ImageException(Reason.REASON_IMAGE_LAYOUT, message, Map.of());
  }

  private static ImageException shape(String message, Tensor tensor) {
    return new ImageException(
        Reason.REASON_TENSOR_SHAPE,
        message,
        Map.of(
            "channels", Integer.toUnsignedString(tensor.getChannels()),
            "height", Integer.toUnsignedString(tensor.getHeight()),
            "width", Integer.toUnsignedString(tensor.getWidth())));
  }
}
