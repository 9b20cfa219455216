package dev.sightline.server.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The decoder of High-Resolution CAM (Tagaris et al. 2019): it takes some layers of a classifier
 * and rebuilds from them alone what the classifier was given. An ONNX file of its own, checked
 * against the classifier that it belongs to, into whose graphs {@link Graph#explain(String,
 * ReluRule, ExpansionNetwork)} writes it.
 *
 * <p>Its inputs are layers of the classifier under their names there, each float N × K × h × w
 * however the classifier holds them. Its one output is {@code reconstruction}, float N × C × H × W
 * as the classifier's input: that input up to a change of scale a channel, only its shape in space
 * counts.
 *
 * <p>Written into a graph, it changes no bit of the classifier's numbers on ONNX Runtime's CPU
 * where it takes the tensors of {@link Graph#skips}: they stand at the end of their resolution,
 * where nothing is fused. A tensor that the engine would fuse with the next, such as a convolution
 * before its normalisation, has to be computed apart, which may round otherwise.
 *
 * <p>A value: immutable, and safe to use from several threads.
 */
public final class ExpansionNetwork {
  /** The name of its output, and of that of a graph that it was written into. */
  public static final String RECONSTRUCTION = "reconstruction";

  private final Graph classifier;
  private final List<Layer> layers;
  private final List<Node> nodes;
  private final Map<String, Constant> constants;
  private final Map<String, String> metadata;

  private ExpansionNetwork(ModelProto model, Graph classifier) {
    this.classifier = classifier;
    ExpansionReader reader = new ExpansionReader(model, classifier);
    this.layers = List.copyOf(reader.layers());
    this.nodes = List.copyOf(reader.nodes());
    this.constants = Map.copyOf(reader.constants());
    Map<String, String> told = new TreeMap<>();
    for (StringStringEntryProto entry : model.getMetadataPropsList()) {
      told.put(entry.getKey(), entry.getValue());
    }
    this.metadata = Collections.unmodifiableMap(told);
  }

  /**
   * Reads one from a file.
   *
   * @param classifier what it belongs to
   * @throws GraphException if it is missing, truncated, or does not fit the classifier; the message
   *     names the file and the tensor at fault
   */
  public static ExpansionNetwork read(Path onnxFile, Graph classifier) {
    return OnnxFile.read(onnxFile, model -> of(model, classifier));
  }

  /**
   * Takes one that is already in memory.
   *
   * @param classifier what it belongs to
   * @throws GraphException if it does not fit the classifier
   */
  public static ExpansionNetwork of(ModelProto model, Graph classifier) {
    return new ExpansionNetwork(model, classifier);
  }

  /** The classifier's layers that it takes, in the order of its inputs. */
  public List<Layer> layers() {
    return layers;
  }

  /** What its file tells of how it was trained, in the order of the keys. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** True if it was checked against this very graph. */
  boolean belongsTo(Graph graph) {
    return classifier == graph;
  }

  /** How the classifier holds one of the layers. */
  Place place(String layer) {
    return classifier.place(layer);
  }

  /** What computes the reconstruction, in topological order, in the classifier's operator set. */
  List<Node> nodes() {
    return nodes;
  }

  /** The constants that they take, by name. */
  Map<String, Constant> constants() {
    return constants;
  }
}
