package dev.sightline.server.grpc;

import dev.sightline.server.batch.Catalogue;
import dev.sightline.server.batch.RefusedException;
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
import dev.sightline.v1.Sigma;
import io.grpc.stub.StreamObserver;

/** Tells what the server can explain for the caller. */
final class ModelGrpcService extends ModelServiceGrpc.ModelServiceImplBase {
  private final Catalogue models;

  ModelGrpcService(Catalogue models) {
    this.models = models;
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> responses) {
    Catalogue permitted = permitted();
    ListModelsResponse.Builder response = ListModelsResponse.newBuilder();
    permitted.all().forEach(target -> response.addModels(summary(target, permitted)));
    responses.onNext(response.build());
    responses.onCompleted();
  }

  @Override
  public void getModel(GetModelRequest request, StreamObserver<GetModelResponse> responses) {
    Catalogue permitted = permitted();
    try {
      Model model = model(permitted.require(request.getName()), permitted);
      responses.onNext(GetModelResponse.newBuilder().setModel(model).build());
      responses.onCompleted();
    } catch (RefusedException e) {
      responses.onError(Statuses.of(e.refusal()));
    }
  }

  /** The models as the caller may use them. */
  private Catalogue permitted() {
    return new Permitted(models, Authentication.grant());
  }

  private static ModelSummary summary(Target target, Catalogue permitted) {
    return ModelSummary.newBuilder()
        .setName(target.name())
        .setDescription(target.description())
        .setIsDefault(permitted.find("").filter(it -> it.name().equals(target.name())).isPresent())
        .setClasses(target.classes())
        .build();
  }

  private static Model model(Target target, Catalogue permitted) {
    Model.Builder model =
        Model.newBuilder()
            .setSummary(summary(target, permitted))
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
