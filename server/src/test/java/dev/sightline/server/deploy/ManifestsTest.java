package dev.sightline.server.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every overlay as a cluster would get it: rendered, and read into types. */
class ManifestsTest {
  /** Maps from names of the user's own; any key is right there. */
  private static final Set<String> FREE =
      Set.of("labels", "matchLabels", "selector", "limits", "requests", "annotations");

  @Test
  void thereAreTheOverlaysThatTheReadmeNames() throws IOException {
    String readme = Files.readString(Deployed.ROOT.resolve("k8s/README.md"));

    assertThat(Overlay.all())
        .extracting(Overlay::name)
        .containsExactly("cpu", "gpu", "guarded", "monitoring", "trial")
        .allSatisfy(name -> assertThat(readme).contains("k8s/overlays/" + name));
  }

  @ParameterizedTest
  @MethodSource("dev.sightline.server.deploy.Overlay#all")
  void everyObjectIsOneThatKubernetesKnows(Overlay overlay) {
    List<ObjectNode> objects = overlay.objects();

    assertThat(objects).hasSizeGreaterThanOrEqualTo(5);
    assertThat(objects)
        .allSatisfy(object -> assertThat(KubernetesObjects.parse(object)).isNotNull());
    assertThat(objects)
        .filteredOn(object -> !object.path("kind").asText().equals("Namespace"))
        .allSatisfy(
            object -> assertThat(object.at("/metadata/namespace").asText()).isEqualTo("sightline"));
  }

  @ParameterizedTest
  @MethodSource("dev.sightline.server.deploy.Overlay#all")
  void anyMisspeltFieldIsRefused(Overlay overlay) {
    int fields = 0;
    for (ObjectNode object : overlay.objects()) {
      List<String> paths = new ArrayList<>();
      visit(object, "", (path, name) -> paths.add(path + "/" + name));
      for (String path : paths) {
        ObjectNode misspelt = object.deepCopy();
        int slash = path.lastIndexOf('/');
        ObjectNode parent = (ObjectNode) misspelt.at(path.substring(0, slash));
        String name = path.substring(slash + 1);
        parent.set(name + "s", parent.remove(name));

        assertThatThrownBy(() -> KubernetesObjects.parse(misspelt))
            .as("%s of %s, misspelt", path, object.path("kind"))
            .isInstanceOf(IllegalArgumentException.class);
      }
      fields += paths.size();
    }
    assertThat(fields).isGreaterThan(100);
  }

  private static void visit(JsonNode node, String path, BiConsumer<String, String> field) {
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      visit(node.get(i), path + "/" + i, field);
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      String name = entry.getKey();
      field.accept(path, name);
      boolean free = FREE.contains(name) && !entry.getValue().has("matchLabels");
      if (!free) {
        visit(entry.getValue(), path + "/" + name, field);
      }
    }
  }

  @Test
  void numberWhereKubernetesWantsAStringIsRefused() {
    ObjectNode deployment =
        new Overlay("cpu")
            .objects().stream()
                .filter(object -> object.path("kind").asText().equals("Deployment"))
                .findFirst()
                .orElseThrow();
    ((ObjectNode) deployment.at("/spec/template/spec/containers/0/env/0")).put("value", 8484);

    assertThatThrownBy(() -> KubernetesObjects.parse(deployment)).hasMessageContaining("String");
  }

  @ParameterizedTest
  @MethodSource("dev.sightline.server.deploy.Overlay#all")
  void kustomizeRendersTheSame(Overlay overlay) throws Exception {
    assumeThat(onThePath("kubectl")).as("kubectl is on the path").isTrue();
    Process kubectl =
        new ProcessBuilder("kubectl", "kustomize", overlay.folder().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String rendered = new String(kubectl.getInputStream().readAllBytes(), UTF_8);
    assertThat(kubectl.waitFor()).isZero();

    assertThat(overlay.objects().stream().map(ManifestsTest::ordered))
        .containsExactlyInAnyOrderElementsOf(
            Deployed.yaml(rendered).stream().map(ManifestsTest::ordered).toList());
  }

  private static boolean onThePath(String program) {
    return Stream.of(System.getenv("PATH").split(":", -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /** Where a merge adds an element to a list, kustomize and this renderer may differ. */
  private static JsonNode ordered(JsonNode node) {
    JsonNode copy = node.deepCopy();
    for (String list : List.of("env", "volumes", "volumeMounts")) {
      copy.findValues(list).forEach(ManifestsTest::sort);
    }
    return copy;
  }

  private static void sort(JsonNode named) {
    List<JsonNode> entries = new ArrayList<>();
    named.forEach(entries::add);
    entries.sort(Comparator.comparing(entry -> entry.path("name").asText()));
    ((ArrayNode) named).removeAll().addAll(entries);
  }
}
