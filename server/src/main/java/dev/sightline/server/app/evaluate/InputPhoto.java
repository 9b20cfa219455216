package dev.sightline.server.app.evaluate;

import dev.sightline.heatmap.Overlay;
import dev.sightline.heatmap.Photo;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.heatmap.PhotoFormat;
import dev.sightline.server.explain.measure.Box;
import dev.sightline.server.explain.measure.Mask;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import dev.sightline.v1.Region;

/** Pictures of what a network sees: its input made into pixels again, in a size for a page. */
final class InputPhoto {
  private static final int LONGER_SIDE = 224;
  private static final int WHITE = 0xffffff;
  private static final int BLACK = 0;

  private InputPhoto() {}

  /** The image behind an input. */
  static Photo of(Subject subject, Preprocessing preprocessing) {
    InputShape shape = new InputShape(subject.channels(), subject.height(), subject.width());
    Photo photo = preprocessing.photo(subject.input(), 0, shape);
    double scale = (double) LONGER_SIDE / Math.max(photo.width(), photo.height());
    return photo.resized(side(scale * photo.width()), side(scale * photo.height()));
  }

  private static int side(double length) {
    return (int) Math.max(1, Math.round(length));
  }

  /**
   * A picture with the outlines of the object's boxes and pixels, white beside black, so that they
   * are seen on any ground.
   */
  static byte[] jpeg(Photo photo, Subject subject) {
    Photo drawn = new Photo(photo.width(), photo.height(), photo.bgr().clone());
    Mask object = subject.object();
    if (object != null) {
      outline(drawn, object);
    }
    for (Box box : subject.boxes()) {
      drawn = Overlay.outline(drawn, scaled(box, drawn, subject));
    }
    return PhotoCodec.write(drawn, PhotoFormat.JPEG);
  }

  private static Region scaled(Box box, Photo photo, Subject subject) {
    double x = (double) photo.width() / subject.width();
    double y = (double) photo.height() / subject.height();
    return Region.newBuilder()
        .setX((float) (box.left() * x))
        .setY((float) (box.top() * y))
        .setWidth((float) ((box.right() - box.left()) * x))
        .setHeight((float) ((box.bottom() - box.top()) * y))
        .build();
  }

  private static void outline(Photo photo, Mask object) {
    for (int y = 0; y < photo.height(); y++) {
      for (int x = 0; x < photo.width(); x++) {
        boolean here = inside(photo, object, x, y);
        boolean edge =
            here != inside(photo, object, x + 1, y) || here != inside(photo, object, x, y + 1);
        if (edge) {
          dot(photo, x, y, here ? WHITE : BLACK);
          dot(photo, x + 1, y + 1, here ? BLACK : WHITE);
        }
      }
    }
  }

  private static boolean inside(Photo photo, Mask object, int x, int y) {
    int row = Math.min(y, photo.height() - 1) * object.height() / photo.height();
    int column = Math.min(x, photo.width() - 1) * object.width() / photo.width();
    return object.inside()[row * object.width() + column];
  }

  private static void dot(Photo photo, int x, int y, int rgb) {
    if (x >= 0 && x < photo.width() && y >= 0 && y < photo.height()) {
      int at = 3 * (y * photo.width() + x);
      photo.bgr()[at] = (byte) rgb;
      photo.bgr()[at + 1] = (byte) (rgb >> 8);
      photo.bgr()[at + 2] = (byte) (rgb >> 16);
    }
  }
}
