package dev.sightline.server.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * An overlay of k8s/overlays.
 *
 * @param name its folder's name
 */
record Overlay(String name) {
  private static final Path FOLDER = Deployed.ROOT.resolve("k8s/overlays");

  /** All that there are. */
  static Stream<Overlay> all() {
    try (Stream<Path> folders = Files.list(FOLDER)) {
      return folders
          .map(folder -> new Overlay(String.valueOf(folder.getFileName())))
          .sorted(Comparator.comparing(Overlay::name))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path folder() {
    return FOLDER.resolve(name);
  }

  /** Its objects as a cluster would get them. */
  List<ObjectNode> objects() {
    return Kustomization.render(folder());
  }

  /** Its objects of one kind, typed. */
  <T> List<T> objects(Class<T> type) {
    return objects().stream()
        .map(KubernetesObjects::parse)
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  /** The pods of its one deployment. */
  PodTemplateSpec pod() {
    List<Deployment> deployments = objects(Deployment.class);
    assertThat(deployments).hasSize(1);
    return deployments.get(0).getSpec().getTemplate();
  }

  /** The one container of its pods that stays. */
  Container server() {
    List<Container> containers = pod().getSpec().getContainers();
    assertThat(containers).hasSize(1);
    return containers.get(0);
  }
}
