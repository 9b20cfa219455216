package dev.sightline.server.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Renders a kustomization: the part of kustomize that this project's use, and nothing else. A key
 * that is not known here is refused, so that no part of a file is silently left out.
 */
final class Kustomization {
  private static final Set<String> KEYS =
      Set.of(
          "apiVersion",
          "kind",
          "namespace",
          "labels",
          "resources",
          "components",
          "patches",
          "images");
  private static final Set<String> CLUSTER_WIDE = Set.of("Namespace");

  private final Path folder;
  private final JsonNode file;
  private final List<ObjectNode> objects;

  private Kustomization(Path folder, String kind, List<ObjectNode> objects) {
    this.folder = folder;
    this.file = Deployed.yaml(folder.resolve("kustomization.yaml")).get(0);
    this.objects = objects;
    file.fieldNames().forEachRemaining(key -> require(KEYS.contains(key), "the key " + key));
    require(file.path("kind").asText().equals(kind), "a kind other than " + kind);
  }

  /** The objects of an overlay or a base. */
  static List<ObjectNode> render(Path folder) {
    List<ObjectNode> objects = new ArrayList<>();
    new Kustomization(folder, "Kustomization", objects).apply();
    return objects;
  }

  private void apply() {
    for (JsonNode resource : file.path("resources")) {
      Path path = folder.resolve(resource.asText()).normalize();
      if (Files.isDirectory(path)) {
        objects.addAll(render(path));
      } else {
        Deployed.yaml(path).forEach(object -> objects.add((ObjectNode) object));
      }
    }
    for (JsonNode component : file.path("components")) {
      Path path = folder.resolve(component.asText()).normalize();
      new Kustomization(path, "Component", objects).apply();
    }
    file.path("patches").forEach(this::patch);
    if (file.has("namespace")) {
      objects.stream()
          .filter(object -> !CLUSTER_WIDE.contains(object.path("kind").asText()))
          .forEach(
              object -> object.withObject("/metadata").set("namespace", file.get("namespace")));
    }
    file.path("labels").forEach(this::label);
    file.path("images").forEach(this::image);
  }

  private void patch(JsonNode entry) {
    if (entry.has("path")) {
      JsonNode patch = Deployed.yaml(folder.resolve(entry.get("path").asText())).get(0);
      StrategicMerge.into(named(patch.path("kind"), patch.at("/metadata/name")), patch);
      return;
    }
    ObjectNode target = named(entry.at("/target/kind"), entry.at("/target/name"));
    for (JsonNode step : Deployed.yaml(entry.path("patch").asText()).get(0)) {
      String path = step.path("path").asText();
      int slash = path.lastIndexOf('/');
      ObjectNode parent = (ObjectNode) target.at(path.substring(0, slash));
      String field = path.substring(slash + 1);
      require(parent.has(field), "a patch of what is not there, " + path);
      switch (step.path("op").asText()) {
        case "remove" -> parent.remove(field);
        case "replace" -> parent.set(field, step.get("value"));
        default -> require(false, "the patch " + step);
      }
    }
  }

  private ObjectNode named(JsonNode kind, JsonNode name) {
    List<ObjectNode> found =
        objects.stream()
            .filter(object -> object.path("kind").equals(kind))
            .filter(object -> object.at("/metadata/name").equals(name))
            .toList();
    require(found.size() == 1, "a patch of %s %s".formatted(kind, name));
    return found.get(0);
  }

  private void label(JsonNode entry) {
    require(entry.path("includeTemplates").asBoolean(), "labels without includeTemplates");
    ObjectNode pairs = (ObjectNode) entry.path("pairs");
    for (ObjectNode object : objects) {
      object.withObject("/metadata/labels").setAll(pairs);
      if (object.at("/spec/template").isObject()) {
        object.withObject("/spec/template/metadata/labels").setAll(pairs);
      }
    }
  }

  private void image(JsonNode entry) {
    String name = entry.path("name").asText();
    String image = entry.path("newName").asText(name) + ":" + entry.path("newTag").asText();
    for (ObjectNode object : objects) {
      for (String list : List.of("initContainers", "containers")) {
        for (JsonNode container : object.at("/spec/template/spec").path(list)) {
          if (container.path("image").asText().equals(name)) {
            ((ObjectNode) container).put("image", image);
          }
        }
      }
    }
  }

  private void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("%s: %s is not rendered".formatted(folder, what));
    }
  }

  /** Kubernetes' merging of objects, in which some lists have a key that tells their elements. */
  private static final class StrategicMerge {
    private static String key(String list) {
      return switch (list) {
        case "containers", "initContainers", "env", "volumes" -> "name";
        case "volumeMounts" -> "mountPath";
        case "tolerations" -> "";
        default -> throw new IllegalArgumentException("a patch of the list " + list);
      };
    }

    static void into(ObjectNode object, JsonNode patch) {
      for (Map.Entry<String, JsonNode> entry : patch.properties()) {
        String name = entry.getKey();
        JsonNode value = entry.getValue();
        if (value instanceof ArrayNode elements) {
          mergeList(object.withArray("/" + name), elements, key(name));
        } else if (value.isObject() && object.path(name) instanceof ObjectNode inner) {
          into(inner, value);
        } else if (value.isNull()) {
          object.remove(name);
        } else {
          object.set(name, value);
        }
      }
    }

    private static void mergeList(ArrayNode list, ArrayNode patch, String key) {
      if (key.isEmpty()) {
        list.removeAll().addAll(patch);
        return;
      }
      for (JsonNode element : patch) {
        int at = indexOf(list, key, element.path(key));
        if (element.path("$patch").asText().equals("delete")) {
          list.remove(at);
        } else if (at < 0) {
          list.add(element);
        } else {
          into((ObjectNode) list.get(at), element);
        }
      }
    }

    private static int indexOf(ArrayNode list, String key, JsonNode value) {
      for (int i = 0; i < list.size(); i++) {
        if (list.get(i).path(key).equals(value)) {
          return i;
        }
      }
      return -1;
    }
  }
}
