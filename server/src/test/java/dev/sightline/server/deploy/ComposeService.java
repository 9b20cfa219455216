package dev.sightline.server.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A service of a compose file, with the keys that are used here; another is an error. */
record ComposeService(
    @JsonProperty(required = true) String image,
    @Nullable Build build,
    @JsonProperty("depends_on") @Nullable JsonNode dependsOn,
    @Nullable Map<String, String> environment,
    @Nullable List<String> command,
    @Nullable List<String> ports,
    @JsonProperty(required = true) List<String> volumes,
    @JsonProperty("network_mode") @Nullable String networkMode,
    @JsonProperty("read_only") boolean readOnly,
    @JsonProperty(value = "cap_drop", required = true) List<String> capDrop,
    @JsonProperty(value = "security_opt", required = true) List<String> securityOpt,
    @JsonProperty("mem_limit") @Nullable String memLimit,
    int cpus,
    @JsonProperty("pids_limit") int pidsLimit,
    @JsonProperty("stop_grace_period") @Nullable String stopGracePeriod,
    @Nullable String restart) {

  record Build(String context, String dockerfile, String target) {}

  static ComposeService parse(JsonNode service) {
    try {
      return new JsonMapper().treeToValue(service, ComposeService.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** Checks that what it names is there, and that it is shut away. */
  void requireRight(Path folder, JsonNode compose, Dockerfile dockerfile) {
    assertThat(capDrop).containsExactly("ALL");
    assertThat(securityOpt).contains("no-new-privileges:true");
    if (build == null) {
      assertThat(image).matches("[a-z]+/[a-z]+:v?[0-9]+\\.[0-9]+\\.[0-9]+");
    } else {
      assertThat(folder.resolve(build.context()).normalize()).isEqualTo(Deployed.ROOT);
      assertThat(Deployed.ROOT.resolve(build.dockerfile())).isRegularFile();
      assertThat(dockerfile.of(build.target(), "ENTRYPOINT")).hasSize(1);
      assertThat(readOnly).isTrue();
    }
    if (dependsOn != null) {
      List<String> names =
          dependsOn.isArray()
              ? List.of(dependsOn.get(0).asText())
              : dependsOn.properties().stream().map(Map.Entry::getKey).toList();
      assertThat(names).allMatch(compose.path("services")::has);
    }
    for (String volume : volumes) {
      String source = volume.substring(0, volume.indexOf(':'));
      if (source.startsWith(".")) {
        assertThat(folder.resolve(source)).exists();
      } else {
        assertThat(compose.path("volumes").has(source)).as(volume).isTrue();
      }
    }
    if (ports != null) {
      assertThat(ports).allMatch(port -> port.startsWith("127.0.0.1:"));
    }
  }
}
