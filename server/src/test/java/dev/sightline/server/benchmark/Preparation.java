package dev.sightline.server.benchmark;

import com.google.protobuf.ByteString;
import dev.sightline.heatmap.PhotoCodec;
import dev.sightline.heatmap.PhotoFormat;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.image.ChannelOrder;
import dev.sightline.server.image.Decoded;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import dev.sightline.server.image.Resize;
import dev.sightline.v1.Image;
import java.nio.FloatBuffer;
import java.util.concurrent.TimeUnit;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * A JPEG of 640 x 480 made into a network's input of 224 x 224, and what OpenCV alone takes to
 * decode it at half size and to resize that.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Preparation {
  private static final int SIDE = 224;

  private final byte[] file = PhotoCodec.write(Pictures.frame(), PhotoFormat.JPEG);
  private final Image image = Image.newBuilder().setEncoded(ByteString.copyFrom(file)).build();
  private final ImageReader reader = new ImageReader(ImageLimits.DEFAULT);
  private final InputShape shape = new InputShape(3, SIDE, SIDE);
  private final Preprocessing preprocessing =
      new Preprocessing(
          ChannelOrder.RGB,
          new float[] {127.5f, 127.5f, 127.5f},
          new float[] {127.5f, 127.5f, 127.5f},
          Resize.STRETCH);
  private final FloatBuffer input = Pass.buffer(1, shape.size());

  @Benchmark
  public Decoded decodeResizeNormalise() {
    return reader.prepare(image, shape, preprocessing, input, 0, false);
  }

  /** The same, and takes the means by which frames that have not changed are told. */
  @Benchmark
  public Decoded decodeResizeNormaliseAndTakeMeans() {
    return reader.prepare(image, shape, preprocessing, input, 0, false, true);
  }

  @Benchmark
  public int openCvDecodeAndResize() {
    Mat bytes = new MatOfByte(file);
    Mat half = Imgcodecs.imdecode(bytes, Imgcodecs.IMREAD_REDUCED_COLOR_2);
    Mat fitted = new Mat();
    Imgproc.resize(half, fitted, new Size(SIDE, SIDE), 0, 0, Imgproc.INTER_LINEAR);
    int rows = fitted.rows();
    bytes.release();
    half.release();
    fitted.release();
    return rows;
  }
}
