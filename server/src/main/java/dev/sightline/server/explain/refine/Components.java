package dev.sightline.server.explain.refine;

import dev.sightline.heatmap.OpenCv;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgproc.Imgproc;

/**
 * The connected components of a mask.
 *
 * @param count how many, and one more for the pixels outside the mask, which are component 0
 * @param labels the component of each pixel
 */
record Components(PixelSet mask, int count, int[] labels) {

  /**
   * Labels a mask.
   *
   * @param neighbours 8 if pixels that touch at a corner are connected, else 4
   */
  static Components of(PixelSet mask, int neighbours) {
    OpenCv.load();
    byte[] bytes = new byte[mask.pixels().length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (mask.pixels()[i] ? 1 : 0);
    }
    Mat pixels = new Mat(mask.height(), mask.width(), CvType.CV_8UC1);
    Mat labelled = new Mat();
    try {
      pixels.put(0, 0, bytes);
      int count = Imgproc.connectedComponents(pixels, labelled, neighbours, CvType.CV_32S);
      int[] labels = new int[bytes.length];
      labelled.get(0, 0, labels);
      return new Components(mask, count, labels);
    } finally {
      pixels.release();
      labelled.release();
    }
  }

  /** The pixels of the components that {@code wanted} selects by number; component 0 is none. */
  PixelSet select(boolean[] wanted) {
    boolean[] pixels = new boolean[labels.length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = labels[i] > 0 && wanted[labels[i]];
    }
    return new PixelSet(mask.height(), mask.width(), pixels);
  }

  /** The components that have a pixel of {@code seeds}. */
  PixelSet touching(PixelSet seeds) {
    boolean[] wanted = new boolean[count];
    for (int i = 0; i < labels.length; i++) {
      wanted[labels[i]] |= seeds.pixels()[i];
    }
    return select(wanted);
  }
}
