package dev.sightline.server.image;

import java.util.ArrayList;
import java.util.List;
import org.opencv.core.Mat;

/** Frees native matrices when a block ends; left to the garbage collector they would pile up. */
final class NativeScope implements AutoCloseable {
  private final List<Mat> mats = new ArrayList<>();

  /** Takes a matrix over. */
  Mat add(Mat mat) {
    mats.add(mat);
    return mat;
  }

  @Override
  public void close() {
    mats.forEach(Mat::release);
  }
}
