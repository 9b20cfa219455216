package dev.sightline.server.model;

import dev.sightline.server.engine.BackendOpener;
import dev.sightline.server.engine.TorchFile;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.graph.ReluRule;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A model in service, and every kind of pass that its network runs: to any of its layers, to the
 * image, behind a layer, or from images to logits. Each has a backend that is opened when it is
 * first wanted. The default layer's is opened at once and stays; of the others the most recently
 * used stay open.
 *
 * <p>A network of which no layer can be differentiated is served too: it has no layers, and of its
 * passes only {@link #inference}.
 *
 * <p>Thread-safe. Closing it closes its backends as soon as no pass is under way in them.
 */
public final class ServedModel implements AutoCloseable {
  /**
   * How many backends beside the first are kept while nobody uses them, unless somebody says
   * otherwise: as many as one request may name layers. They share their weights.
   */
  public static final int KEPT_BACKENDS = 16;

  private final ModelFolder folder;
  private final ServedNetwork network;
  private final PassKind first;
  private final BackendPool<PassKind> backends;
  private final Map<PassKind, ServedPass> passes = new ConcurrentHashMap<>();
  private final Map<String, ServedLayer> layers = new ConcurrentHashMap<>();

  /**
   * Puts a model into service.
   *
   * @param folder the model
   * @param opener loads its network into an engine
   * @throws dev.sightline.server.engine.EngineException if the engine does not take it
   * @throws ModelException if its labels are not those of its classes, which for a TorchScript
   *     module only the engine can tell
   */
  public ServedModel(ModelFolder folder, BackendOpener opener) {
    this(folder, opener, KEPT_BACKENDS);
  }

  ServedModel(ModelFolder folder, BackendOpener opener, int keptBackends) {
    this.folder = folder;
    this.network =
        folder.network() instanceof Network.TorchScript torch
            ? new ServedModule(folder, opener.open(file(torch), folder.name()))
            : new ServedGraph(folder, opener);
    this.first =
        network.layers().isEmpty()
            ? new PassKind.Inference()
            : new PassKind.ToLayer(folder.defaultLayer());
    this.backends = new BackendPool<>(first, keptBackends, network::open);
    pass(first).backend();
    try {
      folder.checkClasses(network.classes());
    } catch (ModelException e) {
      backends.close();
      throw e;
    }
  }

  private static TorchFile file(Network.TorchScript torch) {
    InputShape input = torch.input();
    return new TorchFile(torch.file(), input.channels(), input.height(), input.width());
  }

  /** The name by which clients choose it. */
  public String name() {
    return folder.name();
  }

  /** A line about it. */
  public String description() {
    return folder.card().description();
  }

  /** One a class. */
  public Labels labels() {
    return folder.labels();
  }

  /** How pixels become its input. */
  public Preprocessing preprocessing() {
    return folder.preprocessing();
  }

  /** The shape of its input. */
  public InputShape inputShape() {
    return folder.inputShape();
  }

  /** The number of its logits. */
  public int classes() {
    return network.classes();
  }

  /**
   * The layers that can be explained, from the input to the output; none if the network's very end
   * cannot be differentiated.
   */
  public List<Layer> layers() {
    return network.layers();
  }

  /** The layer that is explained where none is named; the empty string if there are no layers. */
  public String defaultLayer() {
    return folder.defaultLayer();
  }

  /** The engine and device that it runs on, such as "OnnxRuntime on cpu". */
  public String engineDescription() {
    return pass(first).backend().description();
  }

  /**
   * A layer.
   *
   * @param nameOrEmpty its name; empty means the default layer
   * @throws UnknownLayerException if there is none of that name that can be explained; the message
   *     lists those that can, or names node and operator if there are none at all
   */
  public ServedLayer layer(String nameOrEmpty) {
    String name = nameOrEmpty.isEmpty() ? defaultLayer() : nameOrEmpty;
    // Layers are few and known, so this map is bounded: an unknown name throws.
    ServedLayer known = layers.get(name);
    return known != null ? known : layers.computeIfAbsent(name, this::newLayer);
  }

  private ServedLayer newLayer(String name) {
    Layer layer = network.layer(name);
    return ServedLayer.of(
        network,
        layer,
        folder.sigmas().get(name),
        pass(new PassKind.ToLayer(name)),
        pass(new PassKind.Expanded(name)),
        pass(new PassKind.Head(name)));
  }

  /**
   * Gradients with respect to the image, in place of a layer: the grid of its shape is the image,
   * and its results hold no activations.
   *
   * @param rule how gradients pass the kinks of ReLUs; all but the plain rule need a network whose
   *     activations have such kinks, and an ONNX graph
   */
  public ServedPass toInput(ReluRule rule) {
    return pass(new PassKind.ToInput(rule));
  }

  /**
   * Logits only, of passes without rows. Nothing is ever in its way: methods that treat the network
   * as a black box work where no operator can be differentiated.
   */
  public ServedPass inference() {
    return pass(new PassKind.Inference());
  }

  private ServedPass pass(PassKind kind) {
    return passes.computeIfAbsent(
        kind, of -> new ServedPass(network.obstacle(of), () -> new PooledBackend<>(backends, of)));
  }

  @Override
  public void close() {
    backends.close();
  }
}
