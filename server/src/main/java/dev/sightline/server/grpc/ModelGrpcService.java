package dev.sightline.server.grpc;

import dev.sightline.server.batch.Catalogue;
import dev.sightline.server.batch.Refusal;
import dev.sightline.server.batch.Target;
import dev.sightline.server.batch.TargetLayer;
import dev.sightline.v1.GetModelRequest;
import dev.sightline.v1.GetModelResponse;
import dev.sightline.v1.Layer;
import dev.sightline.v1.ListModelsRequest;
import dev.sightline.v1.ListModelsResponse;
import dev.sightline.v1.Model;
import dev.sightline.v1.ModelServiceGrpc;
import dev.sightline.v1.ModelSummary;
import dev.sightline.v1.Reason;
import dev.sightline.v1.Sigma;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.Optional;

/** Tells what the server can explain. */
final class ModelGrpcService extends ModelServiceGrpc.ModelServiceImplBase {
  private final Catalogue catalogue;

  ModelGrpcService(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> responses) {
    ListModelsResponse.Builder response = ListModelsResponse.newBuilder();
    catalogue.all().forEach(target -> response.addModels(summary(target)));
    responses.onNext(response.build());
    responses.onCompleted();
  }

  @Override
  public void getModel(GetModelRequest request, StreamObserver<GetModelResponse> responses) {
    Optional<Target> target = catalogue.find(request.getName());
    if (target.isEmpty()) {
      responses.onError(
          Statuses.of(
              new Refusal(
                  Reason.REASON_UNKNOWN_MODEL,
                  "There is no model \"%s\"; ListModels lists those there are."
                      .formatted(request.getName()),
                  Map.of("model", request.getName()))));
      return;
    }
    responses.onNext(GetModelResponse.newBuilder().setModel(model(target.get())).build());
    responses.onCompleted();
  }

  private ModelSummary summary(Target target) {
    return ModelSummary.newBuilder()
        .setName(target.name())
        .setDescription(target.description())
        .setIsDefault(target.name().equals(catalogue.defaultTarget().name()))
        .setClasses(target.classes())
        .build();
  }

  private Model model(Target target) {
    Model.Builder model =
        Model.newBuilder()
            .setSummary(summary(target))
            .setInput(target.describeInput())
            .addAllLabels(target.labels().all())
            .setDefaultLayer(target.defaultLayer())
            .setEngine(target.engine())
            .addAllMethods(target.methods());
    target.allLayers().forEach(layer -> model.addLayers(layer(target, layer)));
    return model.build();
  }

  private static Layer layer(Target target, TargetLayer layer) {
    Layer.Builder described =
        Layer.newBuilder()
            .setName(layer.name())
            .setOperator(layer.operator())
            .setChannels(layer.channels())
            .setHeight(layer.height())
            .setWidth(layer.width())
            .addAllMethods(target.methods(layer))
            .setSigmaSource(layer.sigmaSource());
    if (layer.hasSigma()) {
      described.setSigma(Sigma.newBuilder().setX(layer.sigmaX()).setY(layer.sigmaY()));
    }
    return described.build();
  }
}
