package dev.sightline.server.model.convert;

import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.sightline.server.graph.Attributes;

/**
 * A window that slides over a map: of a convolution or a pooling.
 *
 * @param height its rows
 * @param width its columns
 * @param strideY rows from one place to the next
 * @param strideX columns from one place to the next
 * @param dilationY rows from one of its rows to the next
 * @param dilationX columns from one of its columns to the next
 * @param pads what is added around the map
 */
record Window(
    int height, int width, int strideY, int strideX, int dilationY, int dilationX, Padding pads) {

  Window {
    if (height < 1 || width < 1 || strideY < 1 || strideX < 1 || dilationY < 1 || dilationX < 1) {
      throw new ConversionException(
          "a window of %d x %d, strides %d, %d and dilations %d, %d is none"
              .formatted(height, width, strideY, strideX, dilationY, dilationX));
    }
  }

  /** A window without padding. */
  static Window valid(int height, int width, int strideY, int strideX) {
    return new Window(height, width, strideY, strideX, 1, 1, Padding.NONE);
  }

  /** The same window, dilated. */
  Window dilated(int y, int x) {
    return new Window(height, width, strideY, strideX, y, x, pads);
  }

  /** The same window over a map with further padding. */
  Window padded(Padding more) {
    return new Window(height, width, strideY, strideX, dilationY, dilationX, pads.plus(more));
  }

  /**
   * TensorFlow's SAME padding for a map of the given size: the result has ⌈size / stride⌉ places,
   * and of an odd number of padded rows the larger half comes last.
   */
  Window same(int mapHeight, int mapWidth) {
    int rows = samePadding(mapHeight, height, strideY, dilationY);
    int columns = samePadding(mapWidth, width, strideX, dilationX);
    return padded(new Padding(rows / 2, columns / 2, rows - rows / 2, columns - columns / 2));
  }

  /** Rows of the result over a map of the given rows. */
  int outHeight(int mapHeight) {
    return places(mapHeight + pads.top() + pads.bottom(), height, strideY, dilationY);
  }

  /** Columns of the result over a map of the given columns. */
  int outWidth(int mapWidth) {
    return places(mapWidth + pads.left() + pads.right(), width, strideX, dilationX);
  }

  /** True if it lies once over the whole of the map, and over nothing else. */
  boolean covers(FeatureMap map) {
    return height == map.height()
        && width == map.width()
        && dilationY == 1
        && dilationX == 1
        && outHeight(map.height()) == 1
        && outWidth(map.width()) == 1
        && pads.equals(Padding.NONE);
  }

  /** The ONNX attributes of a pooling, or of a convolution but for its group. */
  AttributeProto[] attributes(AttributeProto... more) {
    AttributeProto[] attributes = new AttributeProto[3 + more.length];
    attributes[0] = Attributes.integers("kernel_shape", height, width);
    attributes[1] = Attributes.integers("strides", strideY, strideX);
    attributes[2] =
        Attributes.integers("pads", pads.top(), pads.left(), pads.bottom(), pads.right());
    System.arraycopy(more, 0, attributes, 3, more.length);
    return attributes;
  }

  private static int samePadding(int size, int window, int stride, int dilation) {
    int places = (size + stride - 1) / stride;
    return Math.max(0, (places - 1) * stride + dilation * (window - 1) + 1 - size);
  }

  private static int places(int size, int window, int stride, int dilation) {
    int span = dilation * (window - 1) + 1;
    if (span > size) {
      throw new ConversionException(
          "a window that spans %d does not fit a map of %d".formatted(span, size));
    }
    return (size - span) / stride + 1;
  }
}
