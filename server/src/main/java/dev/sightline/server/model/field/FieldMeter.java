package dev.sightline.server.model.field;

import com.google.protobuf.ByteString;
import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.BackendOpener;
import dev.sightline.server.engine.Pass;
import dev.sightline.server.engine.PassBuffers;
import dev.sightline.server.engine.PassShape;
import dev.sightline.server.engine.TorchBackend;
import dev.sightline.server.engine.TorchFile;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.image.ImageException;
import dev.sightline.server.image.ImageLimits;
import dev.sightline.server.image.ImageReader;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.model.ModelException;
import dev.sightline.server.model.ModelFolder;
import dev.sightline.server.model.Network;
import dev.sightline.v1.Image;
import java.nio.FloatBuffer;

/**
 * Measures the effective receptive field of a layer: what moves the sum of its maps at the centre
 * cell (row ⌊h/2⌋, column ⌊w/2⌋), averaged over images. Not thread-safe.
 */
public final class FieldMeter implements AutoCloseable {
  private static final int[] FRAME = {0};
  private static final int[] CENTRE = {0};

  private final ModelFolder model;
  private final Layer layer;
  private final Backend backend;
  private final ImageReader reader = new ImageReader(ImageLimits.DEFAULT);
  private final FloatBuffer image;
  private final PassBuffers buffers = new PassBuffers();
  private final InfluenceSum sum;

  /**
   * Loads the part of a network that lies before a layer, and its way back.
   *
   * @throws dev.sightline.server.graph.GraphException if there is no such layer, or if what lies
   *     before it cannot be differentiated
   * @throws dev.sightline.server.engine.EngineException if the engine does not take it
   * @throws ModelException if the model is a TorchScript module, and this is not its one layer
   */
  public FieldMeter(ModelFolder model, String layer, BackendOpener opener) {
    this.model = model;
    if (model.network() instanceof Network.TorchScript torch) {
      if (!layer.equals(Network.TorchScript.LAYER)) {
        throw new ModelException(
            "there is no layer '%s'; a TorchScript module has one, '%s'"
                .formatted(layer, Network.TorchScript.LAYER));
      }
      InputShape input = torch.input();
      TorchFile file = new TorchFile(torch.file(), input.channels(), input.height(), input.width());
      try (TorchBackend module = opener.open(file, model.name())) {
        PassShape shape = module.shape();
        this.layer =
            new Layer(
                layer, "TorchScript", shape.gridChannels(), shape.gridHeight(), shape.gridWidth());
        this.backend = module.centre();
      }
    } else {
      this.layer = model.graph().layer(layer);
      this.backend = opener.open(model.graph().explainCentre(layer), model.name() + "/" + layer);
    }
    this.image = Pass.buffer(1, model.inputShape().size());
    this.sum = new InfluenceSum(model.inputShape());
  }

  /**
   * Adds an image, brought to the network's input as the model wants it.
   *
   * @param file a JPEG, PNG, WebP or BMP file
   * @throws ImageException if it cannot be used; it does not count then
   */
  public void add(ByteString file) {
    reader.prepare(
        Image.newBuilder().setEncoded(file).build(),
        model.inputShape(),
        model.preprocessing(),
        image,
        0,
        false);
    sum.add(backend.run(new Pass(image, 1, FRAME, CENTRE), buffers).gradients());
  }

  /** The layer. */
  public Layer layer() {
    return layer;
  }

  /** The images that counted. */
  public int images() {
    return sum.images();
  }

  /**
   * The average over the images that counted.
   *
   * @throws ModelException if there are none, or if nothing moves the layer on any of them
   */
  public Influence field() {
    if (sum.images() == 0) {
      throw new ModelException("no image could be used");
    }
    return sum.mean();
  }

  @Override
  public void close() {
    backend.close();
  }
}
