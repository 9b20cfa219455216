package dev.sightline.server.batch;

import com.google.protobuf.ByteString;
import dev.sightline.server.explain.Gradients;
import dev.sightline.server.image.ChannelOrder;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import dev.sightline.server.image.Resize;
import dev.sightline.server.model.Labels;
import dev.sightline.server.model.UnknownLayerException;
import dev.sightline.v1.Image;
import dev.sightline.v1.PixelFormat;
import dev.sightline.v1.RawImage;
import dev.sightline.v1.SigmaSource;
import dev.sightline.v1.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * A catalogue of one model, "pixel", on {@link FakeBackend}s: classes "light" and "dark", layers
 * "early" and "last", of which only the last one can give CAM and has a head of its own. Guided
 * backpropagation is refused.
 */
public final class PixelModel implements Catalogue {
  static final Passage NOT_REBUILT =
      new Passage(
          new Lane("none", () -> new FakeBackend(1)), Optional.of("it has no expansion network"));

  /** What its last layer runs on. */
  public final FakeBackend last;

  /** What its early layer runs on. */
  public final FakeBackend early;

  /** What differentiates to the input. */
  public final FakeBackend input;

  /** What follows its last layer. */
  public final FakeBackend head;

  private final Target target;

  /** A model whose passes take that many frames. */
  public PixelModel(int maxBatch) {
    this(maxBatch, System::nanoTime);
  }

  /** The same, which is left alone by another clock when its engine fails. */
  public PixelModel(int maxBatch, LongSupplier nanoTime) {
    last = new FakeBackend(maxBatch);
    early = new FakeBackend(maxBatch);
    input = new FakeBackend(maxBatch);
    head = new FakeBackend(maxBatch);
    Breaker breaker = new Breaker("pixel", BreakerLimits.DEFAULT, nanoTime);
    TargetLayer lastLayer =
        new TargetLayer(
            "last",
            "Relu",
            1,
            1,
            1,
            true,
            3,
            4,
            SigmaSource.SIGMA_SOURCE_THEORETICAL,
            new Lane("pixel/last", () -> last, breaker),
            Passage.through(new Lane("pixel/last head", () -> head, breaker)),
            NOT_REBUILT);
    TargetLayer earlyLayer =
        new TargetLayer(
            "early",
            "Conv",
            1,
            1,
            1,
            false,
            1,
            2,
            SigmaSource.SIGMA_SOURCE_MODEL,
            new Lane("pixel/early", () -> early, breaker),
            new Passage(new Lane("none", () -> early), Optional.of("a shortcut bypasses early")),
            NOT_REBUILT);
    Passage toInput = Passage.through(new Lane("pixel to input", () -> input, breaker));
    target =
        new Target(
            "pixel",
            "One pixel, light or dark.",
            "fake",
            new InputShape(1, 1, 1),
            new Preprocessing(ChannelOrder.GREY, new float[] {0}, new float[] {1}, Resize.STRETCH),
            2,
            new Labels(List.of("light", "dark")),
            List.of("early", "last"),
            "last",
            name ->
                switch (name) {
                  case "last" -> lastLayer;
                  case "early" -> earlyLayer;
                  default -> throw new UnknownLayerException("there is no layer '" + name + "'");
                },
            gradients ->
                gradients == Gradients.GUIDED
                    ? new Passage(toInput.lane(), Optional.of("its activation is smooth"))
                    : toInput,
            lastLayer.lane());
  }

  /** A planner over it. */
  public Planner planner() {
    return new Planner(this, new ImageReader(ImageLimits.DEFAULT), PlanLimits.DEFAULT);
  }

  /** The pixel as a tensor. */
  public static Image image(float pixel) {
    byte[] bytes =
        ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(pixel).array();
    return Image.newBuilder()
        .setTensor(
            Tensor.newBuilder()
                .setChannels(1)
                .setHeight(1)
                .setWidth(1)
                .setData(ByteString.copyFrom(bytes)))
        .build();
  }

  /** A picture of one grey pixel, 0 to 255. */
  public static Image picture(int level) {
    return Image.newBuilder()
        .setRaw(
            RawImage.newBuilder()
                .setWidth(1)
                .setHeight(1)
                .setFormat(PixelFormat.PIXEL_FORMAT_GREY)
                .setData(ByteString.copyFrom(new byte[] {(byte) level})))
        .build();
  }

  @Override
  public List<Target> all() {
    return List.of(target);
  }

  @Override
  public Target defaultTarget() {
    return target;
  }

  @Override
  public long version() {
    return 0;
  }
}
