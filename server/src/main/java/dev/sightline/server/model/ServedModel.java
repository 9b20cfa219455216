package dev.sightline.server.model;

import dev.sightline.server.engine.Backend;
import dev.sightline.server.engine.BackendOpener;
import dev.sightline.server.engine.TorchBackend;
import dev.sightline.server.engine.TorchFile;
import dev.sightline.server.graph.Graph;
import dev.sightline.server.graph.GraphException;
import dev.sightline.server.graph.Layer;
import dev.sightline.server.image.InputShape;
import dev.sightline.server.image.Preprocessing;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A model in service: its network cut at any of its layers, each with a backend that is opened when
 * it is first wanted. The default layer's is opened at once and stays; of the others the most
 * recently used stay open.
 *
 * <p>Thread-safe. Closing it closes its backends as soon as no pass is under way in them.
 */
public final class ServedModel implements AutoCloseable {
  /** How many layers beside the default one keep their backends while nobody uses them. */
  static final int KEPT_LAYERS = 4;

  private final ModelFolder folder;
  private final BackendPool backends;
  private final int classes;
  private final List<Layer> explainable;
  private final Function<String, ServedLayer> finder;
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
    this.folder = folder;
    if (folder.network() instanceof Network.TorchScript torch) {
      TorchBackend backend = opener.open(file(torch), folder.name());
      TorchLayer only = TorchLayer.of(backend);
      backends = new BackendPool(folder.defaultLayer(), KEPT_LAYERS, layer -> backend);
      classes = only.classes();
      explainable = List.of(only.layer());
      finder = name -> torchLayer(name, only);
    } else {
      Graph graph = folder.graph();
      backends =
          new BackendPool(
              folder.defaultLayer(),
              KEPT_LAYERS,
              layer -> opener.open(graph.explain(layer), folder.name() + "/" + layer));
      classes = graph.classes();
      explainable = graph.layers();
      finder = name -> ServedLayer.of(graph, name, sigma(name), () -> pooled(name));
    }
    layer("").backend();
    try {
      folder.checkClasses(classes);
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
    return classes;
  }

  /** The layers that can be explained, from the input to the output. */
  public List<Layer> layers() {
    return explainable;
  }

  /** The layer that is explained where none is named. */
  public String defaultLayer() {
    return folder.defaultLayer();
  }

  /** The engine and device that it runs on, such as "OnnxRuntime on cpu". */
  public String engineDescription() {
    return layer("").backend().description();
  }

  /**
   * A layer.
   *
   * @param nameOrEmpty its name; empty means the default layer
   * @throws UnknownLayerException if there is none of that name that can be explained; the message
   *     lists those that can
   */
  public ServedLayer layer(String nameOrEmpty) {
    String name = nameOrEmpty.isEmpty() ? defaultLayer() : nameOrEmpty;
    ServedLayer known = layers.get(name);
    if (known != null) {
      return known;
    }
    try {
      // Layers are few and known, so this map is bounded: an unknown name throws.
      return layers.computeIfAbsent(name, finder);
    } catch (GraphException e) {
      throw new UnknownLayerException(e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      // The graph counts its input as a layer too, but no Gaussian spreads from there.
      throw new UnknownLayerException("'%s' is the input itself".formatted(name), e);
    }
  }

  private ServedLayer torchLayer(String name, TorchLayer only) {
    if (!name.equals(only.layer().name())) {
      throw new UnknownLayerException(
          "there is no layer '%s'; a TorchScript module has one, '%s'"
              .formatted(name, only.layer().name()));
    }
    return ServedLayer.of(only.layer(), only.poolingAndLinear(), sigma(name), () -> pooled(name));
  }

  private @Nullable Sigma sigma(String layer) {
    return folder.sigmas().get(layer);
  }

  private Backend pooled(String layer) {
    return new PooledBackend(backends, layer);
  }

  @Override
  public void close() {
    backends.close();
  }
}
