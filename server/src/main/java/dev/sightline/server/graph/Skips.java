package dev.sightline.server.graph;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the tensors that a decoder takes which mirrors the network up to a layer: at every
 * resolution the last one through which all must pass on its way to the layer.
 *
 * <p>A tensor inside a branch is passed by on a shortcut or another branch: the last of all would
 * hold what one branch has made so far, such as the narrow start of a residual block whose stride
 * comes later. Where branches run beside each other for a whole resolution, the last is taken.
 */
final class Skips {
  private static final Set<String> LEARNT =
      Set.of("Conv", "ConvTranspose", "Gemm", "MatMul", "DeformConv");

  /**
   * How many times the cells of the one before a resolution has, at the least. Convolutions without
   * padding shave their edges off, which is no resolution each.
   */
  private static final double FINER = 16. / 9;

  /** A grid at a place in the order of computation. */
  private record Candidate(String tensor, int height, int width, boolean bottleneck) {
    long cells() {
      return (long) height * width;
    }

    boolean finerThan(Candidate other) {
      return height >= other.height && width >= other.width && cells() >= FINER * other.cells();
    }
  }

  private final Network network;
  private final Places places;
  private final List<Node> nodes;

  private Skips(Network network, Places places, String layer) {
    this.network = network;
    this.places = places;
    Set<String> seeing = network.dependents(network.input().name());
    this.nodes =
        Network.needed(network.carryingNodes(), Set.of(layer)).stream()
            .filter(node -> seeing.contains(node.output()))
            .toList();
  }

  /**
   * The names, from the layer to the finest.
   *
   * @param layer a grid that is not the input itself
   */
  static List<String> of(Network network, Places places, String layer) {
    return new Skips(network, places, layer).find(layer);
  }

  private List<String> find(String layer) {
    Place place = places.of(layer).orElseThrow();
    Candidate last = new Candidate(layer, place.height(), place.width(), true);
    List<String> found = new ArrayList<>(List.of(layer));
    for (Candidate candidate : lastAtEveryResolution()) {
      if (candidate.finerThan(last)) {
        found.add(candidate.tensor());
        last = candidate;
      }
    }
    return found;
  }

  private List<Candidate> lastAtEveryResolution() {
    record Resolution(int height, int width) {}
    Map<Resolution, Candidate> found = new HashMap<>();
    for (Candidate candidate : candidates()) {
      found.merge(
          new Resolution(candidate.height(), candidate.width()),
          candidate,
          (earlier, later) -> earlier.bottleneck() && !later.bottleneck() ? earlier : later);
    }
    return found.values().stream().sorted(Comparator.comparingLong(Candidate::cells)).toList();
  }

  /** The grids behind the first layer with weights, each no mere other form of the one before. */
  private List<Candidate> candidates() {
    boolean[] bottlenecks = bottlenecks();
    Set<String> learnt = new HashSet<>();
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      boolean weighs = LEARNT.contains(node.operator());
      if (!weighs && node.inputs().stream().noneMatch(learnt::contains)) {
        continue;
      }
      learnt.addAll(node.outputs());
      Place place = places.of(node.output()).orElse(null);
      if (place != null && !sameMap(node)) {
        candidates.add(new Candidate(node.output(), place.height(), place.width(), bottlenecks[i]));
      }
    }
    return candidates;
  }

  private boolean sameMap(Node node) {
    return LastMap.PASSED.contains(node.operator()) && places.of(node.input(0)).isPresent();
  }

  /** Which nodes nothing leads around: no node before one is read by a node behind it. */
  private boolean[] bottlenecks() {
    Map<String, Integer> made = new HashMap<>();
    // The input is made before all of them.
    made.put(network.input().name(), 0);
    int[] lastRead = new int[nodes.size() + 1];
    for (int i = 0; i < nodes.size(); i++) {
      for (String input : nodes.get(i).inputs()) {
        Integer maker = made.get(input);
        if (maker != null) {
          lastRead[maker] = i + 1;
        }
      }
      for (String output : nodes.get(i).outputs()) {
        made.put(output, i + 1);
      }
    }
    boolean[] bottlenecks = new boolean[nodes.size()];
    int furthest = lastRead[0];
    for (int i = 0; i < nodes.size(); i++) {
      bottlenecks[i] = furthest <= i + 1;
      furthest = Math.max(furthest, lastRead[i + 1]);
    }
    return bottlenecks;
  }
}
