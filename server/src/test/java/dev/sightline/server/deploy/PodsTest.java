package dev.sightline.server.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecretVolumeSource;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the pods of every overlay are given, and whether its parts find each other. */
class PodsTest {
  /** The options that name files. */
  private static final Set<String> FILES =
      Set.of(
          "SIGHTLINE_TLS_CERTIFICATE",
          "SIGHTLINE_TLS_KEY",
          "SIGHTLINE_TLS_CLIENT_CA",
          "SIGHTLINE_TOKENS");

  private static long seconds(Container container, String variable) {
    return container.getEnv().stream()
        .filter(entry -> entry.getName().equals(variable))
        .mapToLong(entry -> Long.parseLong(entry.getValue()))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("dev.sightline.server.deploy.Overlay#all")
  void podsAreConfined(Overlay overlay) {
    PodSpec pod = overlay.pod().getSpec();

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
  @MethodSource("dev.sightline.server.deploy.Overlay#all")
  void drainFitsIntoTheGraceOfThePod(Overlay overlay) {
    Container server = overlay.server();
    long preStop = server.getLifecycle().getPreStop().getSleep().getSeconds();

    assertThat(overlay.pod().getSpec().getTerminationGracePeriodSeconds())
        .isGreaterThanOrEqualTo(preStop + seconds(server, "SIGHTLINE_GRACE_SECONDS") + 5);
  }

  @ParameterizedTest
  @MethodSource("dev.sightline.server.deploy.Overlay#all")
  void whatSelectsPodsSelectsThese(Overlay overlay) {
    Map<String, String> labels = overlay.pod().getMetadata().getLabels();
    List<Map<String, String>> selectors = new ArrayList<>();
    overlay
        .objects(Deployment.class)
        .forEach(object -> selectors.add(object.getSpec().getSelector().getMatchLabels()));
    overlay.objects(Service.class).forEach(object -> selectors.add(object.getSpec().getSelector()));
    overlay
        .objects(PodDisruptionBudget.class)
        .forEach(object -> selectors.add(object.getSpec().getSelector().getMatchLabels()));
    overlay
        .objects(NetworkPolicy.class)
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
  @MethodSource("dev.sightline.server.deploy.Overlay#all")
  void everyPortThatIsNamedIsThere(Overlay overlay) {
    Container server = overlay.server();
    Map<String, Integer> ports = new HashMap<>();
    for (ContainerPort port : server.getPorts()) {
      ports.put(port.getName(), port.getContainerPort());
    }

    assertThat(ports).isEqualTo(Map.of("grpc", 8484, "management", 8485, "health", 8486));
    assertThat(server.getStartupProbe().getGrpc().getPort()).isEqualTo(8486);
    assertThat(server.getReadinessProbe().getGrpc().getPort()).isEqualTo(8486);
    assertThat(ports).containsKey(server.getLivenessProbe().getHttpGet().getPort().getStrVal());
    assertThat(overlay.objects(Service.class))
        .flatExtracting(service -> service.getSpec().getPorts())
        .isNotEmpty()
        .allSatisfy(
            port ->
                assertThat(ports).containsEntry(port.getTargetPort().getStrVal(), port.getPort()));
    assertThat(overlay.objects(NetworkPolicy.class))
        .flatExtracting(policy -> policy.getSpec().getIngress())
        .isNotEmpty()
        .flatExtracting(rule -> rule.getPorts())
        .isNotEmpty()
        .allSatisfy(port -> assertThat(ports).containsKey(port.getPort().getStrVal()));
  }

  @ParameterizedTest
  @MethodSource("dev.sightline.server.deploy.Overlay#all")
  void everyMountHasItsVolumeAndEveryVolumeItsMount(Overlay overlay) {
    PodSpec pod = overlay.pod().getSpec();

    assertThat(
            Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream())
                .flatMap(container -> container.getVolumeMounts().stream())
                .map(VolumeMount::getName)
                .distinct())
        .containsExactlyInAnyOrderElementsOf(
            pod.getVolumes().stream().map(Volume::getName).toList());
  }

  @ParameterizedTest
  @MethodSource("dev.sightline.server.deploy.Overlay#all")
  void everyVariableIsAnOptionOfTheServer(Overlay overlay) {
    Container server = overlay.server();

    assertThat(server.getArgs()).containsExactly("serve");
    assertThat(server.getEnv()).extracting(EnvVar::getName).isSubsetOf(Deployed.variables());
  }

  /** As folders: a file that is mounted by itself never changes. */
  @ParameterizedTest
  @MethodSource("dev.sightline.server.deploy.Overlay#all")
  void everyFileOfSecurityIsInAFolderThatIsMountedFromASecret(Overlay overlay) {
    Container server = overlay.server();
    Map<String, Volume> volumes = new HashMap<>();
    overlay.pod().getSpec().getVolumes().forEach(volume -> volumes.put(volume.getName(), volume));

    assertThat(server.getEnv())
        .filteredOn(entry -> FILES.contains(entry.getName()))
        .hasSize(overlay.name().equals("trial") ? 0 : overlay.name().equals("guarded") ? 4 : 2)
        .allSatisfy(
            entry ->
                assertThat(server.getVolumeMounts())
                    .filteredOn(
                        mount ->
                            Path.of(mount.getMountPath())
                                .equals(Path.of(entry.getValue()).getParent()))
                    .singleElement()
                    .satisfies(
                        mount -> {
                          assertThat(mount.getReadOnly()).isTrue();
                          assertThat(mount.getSubPath()).isNull();
                          SecretVolumeSource secret =
                              Objects.requireNonNull(volumes.get(mount.getName())).getSecret();
                          assertThat(secret.getDefaultMode()).isEqualTo(0440);
                          assertThat(secret.getItems()).isEmpty();
                        }));
  }

  @Test
  void guardedPodsAskForWhatTheReadmePutsIntoTheirSecrets() throws IOException {
    String readme = Files.readString(Deployed.ROOT.resolve("k8s/README.md"));
    Overlay overlay = new Overlay("guarded");

    assertThat(overlay.server().getEnv())
        .extracting(EnvVar::getName)
        .contains("SIGHTLINE_TLS_CLIENT_CA", "SIGHTLINE_TOKENS");
    for (EnvVar entry : overlay.server().getEnv()) {
      if (FILES.contains(entry.getName())) {
        Path file = Path.of(entry.getValue());
        assertThat(readme).contains("=" + file.getFileName());
      }
    }
    assertThat(overlay.pod().getSpec().getVolumes())
        .filteredOn(volume -> volume.getSecret() != null)
        .hasSize(3)
        .allSatisfy(
            volume ->
                assertThat(readme)
                    .containsPattern("create secret [a-z]+ " + volume.getSecret().getSecretName()));
  }

  @Test
  void aWarmUpOfMinutesIsNoFailure() {
    assertThat(startupSeconds("cpu")).isGreaterThanOrEqualTo(300);
    assertThat(startupSeconds("gpu")).isGreaterThanOrEqualTo(1800);
  }

  private static int startupSeconds(String overlay) {
    var probe = new Overlay(overlay).server().getStartupProbe();
    return probe.getPeriodSeconds() * probe.getFailureThreshold();
  }

  @Test
  void gpuPodsHaveAGpuAndItsImage() {
    Container server = new Overlay("gpu").server();

    assertThat(server.getImage()).startsWith("sightline-gpu:");
    assertThat(server.getResources().getLimits()).containsKey("nvidia.com/gpu");
  }

  @Test
  void encryptionIsLeftOutInTheTrialAlone() {
    assertThat(Overlay.all())
        .allSatisfy(
            overlay -> {
              List<String> names = overlay.server().getEnv().stream().map(EnvVar::getName).toList();
              if (overlay.name().equals("trial")) {
                assertThat(names).contains("SIGHTLINE_ALLOW_PLAINTEXT");
              } else {
                assertThat(names).contains("SIGHTLINE_TLS_CERTIFICATE", "SIGHTLINE_TLS_KEY");
                assertThat(names).doesNotContain("SIGHTLINE_ALLOW_PLAINTEXT");
              }
            });
  }

  @Test
  void scalerScalesTheDeploymentByAMetricThatIsThere() {
    Overlay overlay = new Overlay("monitoring");
    ScaledObject scaler = overlay.objects(ScaledObject.class).get(0);
    Deployment deployment = overlay.objects(Deployment.class).get(0);

    assertThat(scaler.spec().scaleTargetRef().name()).isEqualTo(deployment.getMetadata().getName());
    assertThat(deployment.getSpec().getReplicas()).isNull();
    assertThat(scaler.spec().triggers())
        .isNotEmpty()
        .allSatisfy(trigger -> Metrics.requireKnown(trigger.metadata().query()));
  }

  @Test
  void monitorFindsTheServiceOfTheManagementPort() {
    Overlay overlay = new Overlay("monitoring");
    ServiceMonitor monitor = overlay.objects(ServiceMonitor.class).get(0);
    List<Service> found =
        overlay.objects(Service.class).stream()
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
