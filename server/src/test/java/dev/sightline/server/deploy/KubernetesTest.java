package dev.sightline.server.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The manifests as a cluster would get them: every overlay, rendered and read into types. */
class KubernetesTest {
  private static final Path OVERLAYS = Deployed.ROOT.resolve("k8s/overlays");

  /** Maps from names of the user's own; any key is right there. */
  private static final Set<String> FREE =
      Set.of("labels", "matchLabels", "selector", "limits", "requests", "annotations");

  static Stream<Path> overlays() throws IOException {
    try (Stream<Path> folders = Files.list(OVERLAYS)) {
      return folders.sorted().toList().stream();
    }
  }

  private static <T> List<T> all(Path overlay, Class<T> type) {
    return Kustomization.render(overlay).stream()
        .map(KubernetesObjects::parse)
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  private static PodTemplateSpec pod(Path overlay) {
    List<Deployment> deployments = all(overlay, Deployment.class);
    assertThat(deployments).hasSize(1);
    return deployments.get(0).getSpec().getTemplate();
  }

  private static Container server(Path overlay) {
    List<Container> containers = pod(overlay).getSpec().getContainers();
    assertThat(containers).hasSize(1);
    return containers.get(0);
  }

  private static long seconds(Container container, String variable) {
    return container.getEnv().stream()
        .filter(entry -> entry.getName().equals(variable))
        .mapToLong(entry -> Long.parseLong(entry.getValue()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void thereAreTheOverlaysThatTheReadmeNames() throws IOException {
    String readme = Files.readString(Deployed.ROOT.resolve("k8s/README.md"));

    assertThat(overlays())
        .extracting(overlay -> overlay.getFileName().toString())
        .containsExactly("cpu", "gpu", "monitoring", "trial")
        .allSatisfy(name -> assertThat(readme).contains("k8s/overlays/" + name));
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyObjectIsOneThatKubernetesKnows(Path overlay) {
    List<ObjectNode> objects = Kustomization.render(overlay);

    assertThat(objects).hasSizeGreaterThanOrEqualTo(5);
    assertThat(objects)
        .allSatisfy(object -> assertThat(KubernetesObjects.parse(object)).isNotNull());
    assertThat(objects)
        .filteredOn(object -> !object.path("kind").asText().equals("Namespace"))
        .allSatisfy(
            object -> assertThat(object.at("/metadata/namespace").asText()).isEqualTo("sightline"));
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void anyMisspeltFieldIsRefused(Path overlay) {
    int fields = 0;
    for (ObjectNode object : Kustomization.render(overlay)) {
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
        Kustomization.render(OVERLAYS.resolve("cpu")).stream()
            .filter(object -> object.path("kind").asText().equals("Deployment"))
            .findFirst()
            .orElseThrow();
    ((ObjectNode) deployment.at("/spec/template/spec/containers/0/env/0")).put("value", 8484);

    assertThatThrownBy(() -> KubernetesObjects.parse(deployment)).hasMessageContaining("String");
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void kustomizeRendersTheSame(Path overlay) throws Exception {
    assumeThat(onThePath("kubectl")).as("kubectl is on the path").isTrue();
    Process kubectl =
        new ProcessBuilder("kubectl", "kustomize", overlay.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String rendered = new String(kubectl.getInputStream().readAllBytes(), UTF_8);
    assertThat(kubectl.waitFor()).isZero();

    assertThat(Kustomization.render(overlay).stream().map(KubernetesTest::ordered))
        .containsExactlyInAnyOrderElementsOf(
            Deployed.yaml(rendered).stream().map(KubernetesTest::ordered).toList());
  }

  private static boolean onThePath(String program) {
    return Stream.of(System.getenv("PATH").split(":", -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /** Where a merge adds an element to a list, kustomize and this renderer may differ. */
  private static JsonNode ordered(JsonNode node) {
    JsonNode copy = node.deepCopy();
    for (String list : List.of("env", "volumes")) {
      copy.findValues(list).forEach(KubernetesTest::sort);
    }
    return copy;
  }

  private static void sort(JsonNode named) {
    List<JsonNode> entries = new ArrayList<>();
    named.forEach(entries::add);
    entries.sort(Comparator.comparing(entry -> entry.path("name").asText()));
    ((ArrayNode) named).removeAll().addAll(entries);
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void podsAreConfined(Path overlay) {
    PodSpec pod = pod(overlay).getSpec();

    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getEnableServiceLinks()).isFalse();
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(65532);
    assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    assertThat(Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream()))
        .hasSize(2)
        .allSatisfy(
            container -> {
              assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
              assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
              assertThat(container.getSecurityContext().getCapabilities().getDrop())
                  .containsExactly("ALL");
              assertThat(container.getResources().getLimits()).containsKeys("cpu", "memory");
              assertThat(container.getImage()).matches("[a-z-]+:[0-9.]+");
            });
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void drainFitsIntoTheGraceOfThePod(Path overlay) {
    Container server = server(overlay);
    long preStop = server.getLifecycle().getPreStop().getSleep().getSeconds();

    assertThat(pod(overlay).getSpec().getTerminationGracePeriodSeconds())
        .isGreaterThanOrEqualTo(preStop + seconds(server, "SIGHTLINE_GRACE_SECONDS") + 5);
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void whatSelectsPodsSelectsThese(Path overlay) {
    Map<String, String> labels = pod(overlay).getMetadata().getLabels();
    List<Map<String, String>> selectors = new ArrayList<>();
    all(overlay, Deployment.class)
        .forEach(object -> selectors.add(object.getSpec().getSelector().getMatchLabels()));
    all(overlay, Service.class).forEach(object -> selectors.add(object.getSpec().getSelector()));
    all(overlay, PodDisruptionBudget.class)
        .forEach(object -> selectors.add(object.getSpec().getSelector().getMatchLabels()));
    all(overlay, NetworkPolicy.class)
        .forEach(object -> selectors.add(object.getSpec().getPodSelector().getMatchLabels()));

    assertThat(selectors)
        .hasSizeGreaterThanOrEqualTo(4)
        .allSatisfy(
            selector -> {
              assertThat(selector).isNotEmpty();
              assertThat(labels).containsAllEntriesOf(selector);
            });
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyPortThatIsNamedIsThere(Path overlay) {
    Container server = server(overlay);
    Map<String, Integer> ports = new HashMap<>();
    for (ContainerPort port : server.getPorts()) {
      ports.put(port.getName(), port.getContainerPort());
    }

    assertThat(ports).isEqualTo(Map.of("grpc", 8484, "management", 8485, "health", 8486));
    assertThat(server.getStartupProbe().getGrpc().getPort()).isEqualTo(8486);
    assertThat(server.getReadinessProbe().getGrpc().getPort()).isEqualTo(8486);
    assertThat(ports).containsKey(server.getLivenessProbe().getHttpGet().getPort().getStrVal());
    assertThat(all(overlay, Service.class))
        .flatExtracting(service -> service.getSpec().getPorts())
        .isNotEmpty()
        .allSatisfy(
            port ->
                assertThat(ports).containsEntry(port.getTargetPort().getStrVal(), port.getPort()));
    assertThat(all(overlay, NetworkPolicy.class))
        .flatExtracting(policy -> policy.getSpec().getIngress())
        .isNotEmpty()
        .flatExtracting(rule -> rule.getPorts())
        .isNotEmpty()
        .allSatisfy(port -> assertThat(ports).containsKey(port.getPort().getStrVal()));
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyMountHasItsVolumeAndEveryVolumeItsMount(Path overlay) {
    PodSpec pod = pod(overlay).getSpec();

    assertThat(
            Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream())
                .flatMap(container -> container.getVolumeMounts().stream())
                .map(VolumeMount::getName)
                .distinct())
        .containsExactlyInAnyOrderElementsOf(
            pod.getVolumes().stream().map(Volume::getName).toList());
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyVariableIsAnOptionOfTheServer(Path overlay) {
    Container server = server(overlay);

    assertThat(server.getArgs()).containsExactly("serve");
    assertThat(server.getEnv()).extracting(EnvVar::getName).isSubsetOf(Deployed.variables());
  }

  @Test
  void aWarmUpOfMinutesIsNoFailure() {
    assertThat(startupSeconds("cpu")).isGreaterThanOrEqualTo(300);
    assertThat(startupSeconds("gpu")).isGreaterThanOrEqualTo(1800);
  }

  private static int startupSeconds(String overlay) {
    var probe = server(OVERLAYS.resolve(overlay)).getStartupProbe();
    return probe.getPeriodSeconds() * probe.getFailureThreshold();
  }

  @Test
  void gpuPodsHaveAGpuAndItsImage() {
    Container server = server(OVERLAYS.resolve("gpu"));

    assertThat(server.getImage()).startsWith("sightline-gpu:");
    assertThat(server.getResources().getLimits()).containsKey("nvidia.com/gpu");
  }

  @Test
  void encryptionIsLeftOutInTheTrialAlone() throws IOException {
    assertThat(overlays())
        .allSatisfy(
            overlay -> {
              List<String> names = server(overlay).getEnv().stream().map(EnvVar::getName).toList();
              if (overlay.endsWith("trial")) {
                assertThat(names).contains("SIGHTLINE_ALLOW_PLAINTEXT");
              } else {
                assertThat(names).contains("SIGHTLINE_TLS_CERTIFICATE", "SIGHTLINE_TLS_KEY");
                assertThat(names).doesNotContain("SIGHTLINE_ALLOW_PLAINTEXT");
              }
            });
  }

  @Test
  void scalerScalesTheDeploymentByAMetricThatIsThere() {
    Path overlay = OVERLAYS.resolve("monitoring");
    ScaledObject scaler = all(overlay, ScaledObject.class).get(0);
    Deployment deployment = all(overlay, Deployment.class).get(0);

    assertThat(scaler.spec().scaleTargetRef().name()).isEqualTo(deployment.getMetadata().getName());
    assertThat(deployment.getSpec().getReplicas()).isNull();
    assertThat(scaler.spec().triggers())
        .isNotEmpty()
        .allSatisfy(trigger -> Metrics.requireKnown(trigger.metadata().query()));
  }

  @Test
  void monitorFindsTheServiceOfTheManagementPort() {
    Path overlay = OVERLAYS.resolve("monitoring");
    ServiceMonitor monitor = all(overlay, ServiceMonitor.class).get(0);
    List<Service> found =
        all(overlay, Service.class).stream()
            .filter(
                service ->
                    service
                        .getMetadata()
                        .getLabels()
                        .entrySet()
                        .containsAll(monitor.getSpec().getSelector().getMatchLabels().entrySet()))
            .toList();

    assertThat(found).hasSize(1);
    assertThat(found.get(0).getSpec().getPorts())
        .extracting(port -> port.getName())
        .contains(monitor.getSpec().getEndpoints().get(0).getPort());
  }
}
