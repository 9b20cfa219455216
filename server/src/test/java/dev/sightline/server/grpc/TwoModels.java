package dev.sightline.server.grpc;

import dev.sightline.server.batch.Catalogue;
import dev.sightline.server.batch.PixelModel;
import dev.sightline.server.batch.Target;
import java.util.List;

/** A {@link PixelModel} under two names, "other" and "pixel", which is the default. */
final class TwoModels implements Catalogue {
  private final Target pixel;
  private final Target other;

  TwoModels(PixelModel model) {
    pixel = model.defaultTarget();
    other =
        new Target(
            "other",
            pixel.description(),
            pixel.engine(),
            pixel.input(),
            pixel.preprocessing(),
            pixel.classes(),
            pixel.labels(),
            pixel.layerNames(),
            pixel.defaultLayer(),
            pixel.layers(),
            pixel.toInput(),
            pixel.scores());
  }

  @Override
  public List<Target> all() {
    return List.of(other, pixel);
  }

  @Override
  public Target defaultTarget() {
    return pixel;
  }

  @Override
  public long version() {
    return 0;
  }
}
