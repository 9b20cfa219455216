package dev.sightline.server.deploy;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import java.util.List;

/**
 * KEDA's ScaledObject (keda.sh/v1alpha1), as far as it is used here: nobody publishes a typed model
 * of it for Java.
 */
record ScaledObject(
    @JsonProperty(required = true) String apiVersion,
    @JsonProperty(required = true) String kind,
    @JsonProperty(required = true) ObjectMeta metadata,
    @JsonProperty(required = true) Spec spec) {

  record Spec(
      @JsonProperty(required = true) ScaleTarget scaleTargetRef,
      int pollingInterval,
      int minReplicaCount,
      int maxReplicaCount,
      Advanced advanced,
      @JsonProperty(required = true) List<Trigger> triggers) {}

  record ScaleTarget(@JsonProperty(required = true) String name) {}

  record Advanced(AutoscalerConfig horizontalPodAutoscalerConfig) {}

  record AutoscalerConfig(HorizontalPodAutoscalerBehavior behavior) {}

  record Trigger(
      @JsonProperty(required = true) String type,
      String metricType,
      @JsonProperty(required = true) Metadata metadata) {}

  /** Of a trigger of type prometheus; numbers are strings there. */
  record Metadata(
      @JsonProperty(required = true) String serverAddress,
      @JsonProperty(required = true) String query,
      @JsonProperty(required = true) String threshold) {}
}
